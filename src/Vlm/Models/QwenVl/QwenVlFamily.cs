using Vlm.Models.QwenVl.Export;
using Vlm.Text;

namespace Vlm.Models.QwenVl;

/// <summary>Qwen2-VL, Qwen2.5-VL and Qwen3-VL.</summary>
public static class QwenVlFamily
{
    /// <summary>The family's row in <see cref="Families.All"/>.</summary>
    public static FamilyDefinition Definition { get; } = new()
    {
        ModelTypes = [.. QwenVlVersion.All.Select(version => (version.ModelType, version.Name))],
        Build = (json, where) => new QwenVlModel(QwenVlConfig.Read(json, where)),
        Processor = (folder, model) => Processor(folder, (QwenVlModel)model),
        CanonicalName = (type, name) => QwenVlVersion.Of(type).Nested ? WithPrefix(OfText(name)) : WithoutPrefix(OfText(name)),
        Export = QwenVlExport.Definition,
    };

    private static QwenProcessor Processor(string folder, QwenVlModel model)
    {
        (QwenVlVersion version, QwenVisionConfig vision) = (model.Config.Version, model.Config.Vision);
        QwenImageOptions images = QwenImageFiles.Options(folder, version.Images);
        ProcessorConfig.RequireEqual(folder, "patch_size", images.PatchSize, vision.PatchSize);
        ProcessorConfig.RequireEqual(folder, "temporal_patch_size", images.TemporalPatchSize, vision.TemporalPatchSize);
        ProcessorConfig.RequireEqual(folder, "merge_size", images.MergeSize, vision.SpatialMergeSize);
        return new QwenProcessor(Tokenizer.FromFolder(folder), ChatTemplate.Load(folder, absent: version.Template), images,
            model.ImageToken, model.MaxPositions)
        {
            BoxFrame = version.BoxFrame,
        };
    }

    // Of a language model that was saved as a part of its own: LLaVA's names, and others'.
    private static string OfText(string name) =>
        name.StartsWith("language_model.model.", StringComparison.Ordinal) || name.StartsWith("language_model.lm_head.", StringComparison.Ordinal)
            ? name["language_model.".Length..] : name;

    // As Qwen2-VL's were named at first.
    private static string WithPrefix(string name) =>
        name.StartsWith("visual.", StringComparison.Ordinal) ? $"model.{name}"
        : s_text.Any(part => name.StartsWith($"model.{part}.", StringComparison.Ordinal))
            ? "model.language_model." + name["model.".Length..] : name;

    private static readonly string[] s_text = ["embed_tokens", "layers", "norm"];

    // Newer writers of Qwen2-VL and Qwen2.5-VL put both parts under "model", as Qwen3-VL has them.
    private static string WithoutPrefix(string name) =>
        name.StartsWith("model.visual.", StringComparison.Ordinal) ? name["model.".Length..]
        : name.StartsWith("model.language_model.", StringComparison.Ordinal)
            ? "model." + name["model.language_model.".Length..] : name;
}
