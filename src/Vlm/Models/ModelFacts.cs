using Vlm.Checkpoints;

namespace Vlm.Models;

/// <summary>What a model folder is, told from its configuration and the headers of its weights: nothing else is read.</summary>
/// <param name="Config">config.json, and the family that computes it.</param>
/// <param name="Model">Names and shapes.</param>
/// <param name="Stored">Values in the files by type, the most first.</param>
/// <param name="Files">Files of weights.</param>
/// <param name="Processor">What makes its prompts.</param>
public sealed record ModelFacts(
    ModelConfig Config, IVisionLanguageModel Model, IReadOnlyList<(string Type, long Values)> Stored, int Files,
    IPromptProcessor Processor)
{
    private const int Float32Bytes = 4;

    /// <summary>Values of all parameters.</summary>
    public long Values => Model.Parameters.Sum(item => item.Value.numel());

    /// <summary>Reads a folder, and checks that its weights fit its configuration.</summary>
    /// <exception cref="UsageException">The folder is incomplete, broken, or of a family that is not known.</exception>
    public static ModelFacts Of(string path)
    {
        using HubFolder folder = HubFolder.Open(path);
        var config = ModelConfig.Of(folder.Config, path);
        IVisionLanguageModel model = config.MetaModel();
        IReadOnlyDictionary<string, string> stored = config.Validate(model, folder);
        var types = stored.Values.Select(folder.EntryOf).GroupBy(entry => entry.Type.Name)
            .Select(group => (group.Key, Values: group.Sum(entry => entry.Length / entry.Type.Size)));
        return new ModelFacts(config, model, [.. types.OrderByDescending(type => type.Values)],
            stored.Values.Select(folder.FileOf).Distinct().Count(), config.Processor(model));
    }

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
