using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;

namespace Vlm.Models;

/// <summary>config.json of a folder, and the family that computes it.</summary>
/// <param name="Family">The family.</param>
/// <param name="ModelType">config.json's model_type.</param>
/// <param name="Json">config.json.</param>
/// <param name="Folder">The folder.</param>
public sealed record ModelConfig(FamilyDefinition Family, string ModelType, JsonObject Json, string Folder)
{
    private const string Head = "lm_head.weight", Tied = "tie_word_embeddings";

    /// <summary>What the model is called, such as Qwen2-VL.</summary>
    public string Name => Family.ModelTypes.Single(type => type.ModelType == ModelType).Name;

    private string File => FileOf(Folder);

    /// <summary>Finds the family of a configuration.</summary>
    /// <param name="json">config.json.</param>
    /// <param name="folder">The folder it is of.</param>
    /// <exception cref="UsageException">The model_type is none of <see cref="Families.ModelTypes"/>.</exception>
    public static ModelConfig Of(JsonObject json, string folder)
    {
        string type = JsonReader.Config(json, FileOf(folder)).Text("model_type") ?? "";
        return new ModelConfig(Families.Of(type, FileOf(folder)), type, json, folder);
    }

    /// <summary>The model on the meta device: names and shapes, no memory.</summary>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public IVisionLanguageModel MetaModel() => Weights.Meta(() => Family.Build(Json, File));

    /// <summary>The model with memory whose values are yet to be loaded.</summary>
    /// <param name="dtype">Type of all weights.</param>
    /// <param name="device">Place of all weights.</param>
    internal IVisionLanguageModel EmptyModel(torch.ScalarType dtype, torch.Device device) =>
        Weights.Unfilled(() => Family.Build(Json, File), dtype, device);

    /// <summary>What makes prompts of chats and images.</summary>
    /// <param name="model">Knows the placeholder and the context.</param>
    /// <exception cref="UsageException">
    /// A file is missing or wrong, the tokenizer lacks a special token, or images are cut otherwise than the model takes them.
    /// </exception>
    public IPromptProcessor Processor(IVisionLanguageModel model)
    {
        IPromptProcessor processor = Family.Processor(Folder, model);
        if (processor.Tokenizer.VocabularySize is var ids && ids > model.VocabSize)
            throw new UsageException(
                $"the tokenizer has {ids} ids, the last of them {processor.Tokenizer.TokenOf(ids - 1)}, and the embedding "
                + $"{model.VocabSize} rows", Folder, "the tokenizer that the weights came with, or in Python "
                + "model.resize_token_embeddings(len(tokenizer)) and both saved");
        return processor;
    }

    /// <summary>Compares a folder's tensors with the model; nothing is read but headers.</summary>
    /// <returns>The file's name for each of the model's.</returns>
    /// <exception cref="UsageException">They do not fit, or are quantized.</exception>
    internal IReadOnlyDictionary<string, string> Validate(IVisionLanguageModel model, HubFolder folder)
    {
        Quantization.Refuse(folder);
        return WeightCompatibility.Validate(
            [.. model.Parameters.Select(item => (item.Name, item.Value.shape))], folder, Ignored(model), CanonicalName);
    }

    /// <summary>The model without an output layer of its own, where its folder has none: its states can be read.</summary>
    internal ModelConfig WithoutHead(HubFolder folder)
    {
        if (folder.Names.Any(name => CanonicalName(name) == Head))
            return this;
        var json = (JsonObject)Json.DeepClone();
        foreach (JsonObject part in ((JsonNode?[])[json, json["text_config"]]).OfType<JsonObject>())
            part[Tied] = true;
        return this with { Json = json };
    }

    /// <summary>The model's name of a tensor that some writers call otherwise.</summary>
    internal string CanonicalName(string name) => Family.CanonicalName(ModelType, name);

    /// <summary>
    /// Tensors that a model has no need of: tables it computes, an output layer that is its embedding, and the head of a
    /// reward model, which is read apart.
    /// </summary>
    internal static Func<string, bool> Ignored(IVisionLanguageModel model)
    {
        bool tied = model.Parameters.All(item => item.Name != Head);
        return name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (tied && name == Head) || ModelHead.IsName(name);
    }

    private static string FileOf(string folder) => Path.Combine(folder, "config.json");
}
