using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Text;

namespace Vlm.Models;

/// <summary>What a model folder is, told from its configuration and the headers of its weights: nothing else is read.</summary>
/// <param name="Config">config.json, and the family that computes it.</param>
/// <param name="Model">Names and shapes.</param>
/// <param name="Stored">Values in the files by type, the most first.</param>
/// <param name="Files">Files of weights.</param>
/// <param name="Processor">What makes its prompts.</param>
/// <param name="TemplateFile">The file that has the chat template; null where it is the family's own.</param>
public sealed record ModelFacts(
    ModelConfig Config, IVisionLanguageModel Model, IReadOnlyList<(string Type, long Values)> Stored, int Files,
    IPromptProcessor Processor, string? TemplateFile)
{
    private const int Float32Bytes = 4;

    /// <summary>Values of all parameters.</summary>
    public long Values => Model.Parameters.Sum(item => item.Value.numel());

    /// <summary>Reads a folder, and checks all that would stop whoever loads it: weights, tokens, template, files.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="finite">Reads all weights through, for one that is not finite.</param>
    /// <exception cref="UsageException">
    /// The folder is incomplete, broken, quantized, or of a family that is not known; its tokenizer has ids beyond the embedding,
    /// its template no place for an image; or a weight is not finite.
    /// </exception>
    public static ModelFacts Of(string path, bool finite = false)
    {
        using HubFolder folder = HubFolder.Open(path);
        var config = ModelConfig.Of(folder.Config, path);
        IVisionLanguageModel model = config.MetaModel();
        IReadOnlyDictionary<string, string> stored = config.Validate(model, folder);
        IPromptProcessor processor = config.Processor(model);
        _ = GenerationConfig.Read(path, folder.Config).Within(model.VocabSize, path);
        _ = folder.SmallFiles();
        CheckTemplate(processor.Template);
        if (finite && NonFiniteWeights.First(folder) is { } found)
            throw NonFiniteWeights.Refusal(found, path);

        var types = stored.Values.Select(folder.EntryOf).GroupBy(entry => entry.Type.Name)
            .Select(group => (group.Key, Values: group.Sum(entry => entry.Length / entry.Type.Size)));
        return new ModelFacts(config, model, [.. types.OrderByDescending(type => type.Values)],
            stored.Values.Select(folder.FileOf).Distinct().Count(), processor, ChatTemplateFile.Find(path)?.File);
    }

    // A question with an image has one place for it.
    private static void CheckTemplate(ChatTemplate template) => PromptProcessors.Parts(
        "of a question with an image", template.Render([Message.User("What is it?", 1)], generationPrompt: true),
        template.Placeholder, images: 1);

    /// <summary>Values of a part's parameters.</summary>
    public long ValuesOf(ModelPart part) =>
        Model.Parameters.Where(item => Model.PartOf(item.Name) == part).Sum(item => item.Value.numel());

    /// <summary>Bytes that each token read or written holds in the cache of keys and values.</summary>
    /// <param name="bytes">Bytes of one value.</param>
    public long CacheBytesPerToken(int bytes) => bytes * Projected("k_proj", "v_proj");

    /// <summary>
    /// About how many bytes training keeps for each token until its gradient is computed: what the decoder's layers give,
    /// what norms and residuals keep beside it, and the logits with their log-probs in float32.
    /// </summary>
    /// <param name="bytes">Bytes of one value.</param>
    public long TrainingBytesPerToken(int bytes)
    {
        long outputs = Projected("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
        long norms = Projected("o_proj", "down_proj");      // each has the model's width
        return (bytes * outputs * 2) + (3 * Float32Bytes * norms) + (2L * Float32Bytes * Model.VocabSize);
    }

    // Outputs of the decoder's layers with these names, together.
    private long Projected(params string[] names) => Model.Projections
        .Where(item => Model.PartOf(item.Name) == ModelPart.Text && names.Contains(item.Name.Split('.')[^1]))
        .Sum(item => item.Layer.Weight.shape[0]);
}
