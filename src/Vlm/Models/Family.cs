using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Models.QwenVl;
using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Vlm.Models;

/// <summary>The family that a configuration's model_type names, and how its folders are read.</summary>
/// <param name="ModelType">config.json's model_type.</param>
/// <param name="Config">config.json.</param>
public sealed record Family(string ModelType, JsonObject Config)
{
    private const string Head = "lm_head.weight";

    /// <summary>Every model_type that is read, and what it is called.</summary>
    public static IReadOnlyList<(string ModelType, string Name)> Known { get; } =
    [
        ("smolvlm", "SmolVLM2"), ("idefics3", "SmolVLM and Idefics3"), ("qwen2_vl", "Qwen2-VL"),
        ("qwen2_5_vl", "Qwen2.5-VL"), ("qwen3_vl", "Qwen3-VL"),
    ];

    /// <summary>What the family is called.</summary>
    public string Name => Known.Single(family => family.ModelType == ModelType).Name;

    /// <summary>The family of a folder.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="path">The folder, for messages.</param>
    /// <exception cref="UsageException">The model_type is none of <see cref="Known"/>.</exception>
    public static Family Of(JsonObject config, string path)
    {
        string type = new ConfigJson(config, File(path)).Word("model_type") ?? "";
        return Known.Any(family => family.ModelType == type) ? new Family(type, config) : throw new UsageException(
            $"the model type \"{type}\" is not known (known: {string.Join(", ", Known.Select(family => family.ModelType))})",
            File(path), "give a folder of one of these families: " + string.Join(", ", Known.Select(family => family.Name)));
    }

    /// <summary>The model without weights: names, shapes and nothing else, until they are loaded.</summary>
    /// <param name="path">The folder, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public IVisionLanguageModel Shapes(string path) => Weights.Shapes(() => Build(path));

    /// <summary>The model with memory whose values are yet to be loaded.</summary>
    /// <param name="path">The folder, for messages.</param>
    /// <param name="dtype">Type of all weights.</param>
    /// <param name="device">Place of all weights.</param>
    internal IVisionLanguageModel Unfilled(string path, torch.ScalarType dtype, torch.Device device) =>
        Weights.Unfilled(() => Build(path), dtype, device);

    /// <summary>Compares a folder's tensors with the model; nothing is read but headers.</summary>
    /// <returns>The file's name for each of the model's.</returns>
    /// <exception cref="UsageException">They do not fit.</exception>
    internal IReadOnlyDictionary<string, string> Fit(IVisionLanguageModel model, HubFolder folder) => WeightFit.Check(
        [.. model.Parameters.Select(item => (item.Name, item.Value.shape))], folder, Ignores(model), Canonical);

    /// <summary>What makes prompts of chats and pictures.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="model">Knows the placeholder and the context.</param>
    /// <exception cref="UsageException">
    /// A file is missing or wrong, the tokenizer lacks a special token, or pictures are cut otherwise than the model takes them.
    /// </exception>
    internal static IPromptProcessor Processor(string path, IVisionLanguageModel model) => model switch
    {
        QwenVlModel qwen => Qwen(path, qwen),
        _ => Smol(path, ((SmolVlmModel)model).Config),
    };

    /// <summary>The hub's name of a tensor that newer writers call otherwise.</summary>
    internal string Canonical(string name) => ModelType is not ("qwen2_vl" or "qwen2_5_vl") ? name
        : name.StartsWith("model.visual.", StringComparison.Ordinal) ? name["model.".Length..]
        : name.StartsWith("model.language_model.", StringComparison.Ordinal)
            ? "model." + name["model.language_model.".Length..] : name;

    /// <summary>Tensors that a model has no need of: tables it computes, and an output layer that is its embedding.</summary>
    internal static Func<string, bool> Ignores(IVisionLanguageModel model)
    {
        bool tied = model.Parameters.All(item => item.Name != Head);
        return name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (tied && name == Head);
    }

    private static QwenProcessor Qwen(string path, QwenVlModel model)
    {
        (QwenVlVersion version, QwenVisionConfig vision) = (model.Config.Version, model.Config.Vision);
        QwenImageOptions images = QwenImageFiles.Options(path, version.Images);
        Fits(path, "patch_size", images.PatchSize, vision.PatchSize);
        Fits(path, "temporal_patch_size", images.TemporalPatch, vision.TemporalPatchSize);
        Fits(path, "merge_size", images.Merge, vision.SpatialMergeSize);
        return new QwenProcessor(Tokenizer.FromFolder(path), ChatTemplate.Load(path, absent: version.Template), images,
            model.ImageToken, model.Context);
    }

    private static SmolVlmProcessor Smol(string path, SmolVlmConfig config)
    {
        var processor = SmolVlmProcessor.Load(path);
        Fits(path, "max_image_size.longest_edge", processor.Images.Options.FrameEdge, config.Vision.ImageSize);
        Fits(path, "image_seq_len", processor.TokensPerFrame, config.TokensPerFrame);
        return processor;
    }

    // Weights have the sizes of config.json, so it is the processor's file that is of another model.
    private static void Fits(string path, string field, int prepared, int taken)
    {
        if (prepared != taken)
            throw new UsageException(
                $"pictures are prepared with {field} {prepared}, and the sizes in config.json take {taken}", path,
                $"the processor's files of this model, or {field} {taken} in them");
    }

    private IVisionLanguageModel Build(string path) => ModelType switch
    {
        "smolvlm" or "idefics3" => new SmolVlmModel(SmolVlmConfig.Read(Config, File(path))),
        _ => new QwenVlModel(QwenVlConfig.Read(Config, File(path))),
    };

    private static string File(string path) => Path.Combine(path, "config.json");
}
