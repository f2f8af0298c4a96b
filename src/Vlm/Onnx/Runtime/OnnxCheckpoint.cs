using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Models;

namespace Vlm.Onnx.Runtime;

/// <summary>A folder that transformers.js or onnxruntime-genai loads: three graphs, and the tokenizer's and processor's files.</summary>
public sealed class OnnxCheckpoint : IDisposable
{
    private static readonly string[] s_types = ["", "_fp16", "_quantized", "_int8"];

    private OnnxCheckpoint(OnnxModel model, IPromptProcessor processor, GenerationConfig generation) =>
        (Model, Processor, Generation) = (model, processor, generation);

    /// <summary>Messages and images to prompts.</summary>
    public IPromptProcessor Processor { get; }

    /// <summary>generation_config.json.</summary>
    public GenerationConfig Generation { get; }

    /// <summary>The graphs.</summary>
    internal OnnxModel Model { get; }

    /// <summary>Most tokens of a prompt and its completion together.</summary>
    public int MaxPositions => Model.Facts.MaxPositions;

    /// <summary>How many codes the graphs act through; null where they sample tokens.</summary>
    public int? Codes => Model.Codes;

    /// <summary>Whether a folder holds exported graphs, and no weights beside them that the engine would read.</summary>
    public static bool IsAt(string path) =>
        !File.Exists(Path.Combine(path, "model.safetensors"))
        && !File.Exists(Path.Combine(path, "model.safetensors.index.json"))
        && (OnnxModel.IsGenai(path) || s_types.Any(type => File.Exists(Path.Combine(path, "onnx", $"{OnnxModel.Files[^1]}{type}.onnx"))));

    /// <summary>Loads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">How the graphs run; null for the processor.</param>
    /// <param name="suffix">
    /// Which graphs, by the end of their files' names; null for the widest type that is there, float32 if it is.
    /// </param>
    /// <exception cref="UsageException">The folder is incomplete or broken, or of a family that is not known.</exception>
    public static OnnxCheckpoint Load(string path, OnnxOptions? options = null, string? suffix = null)
    {
        var config = ModelConfig.Of(HubFolder.ReadJson(Path.Combine(path, "config.json")), path);
        using IVisionLanguageModel sizes = config.MetaModel();
        int? merge = config.Family.Export?.MRopeMergeSize(sizes);
        string type = suffix ?? s_types.FirstOrDefault(
            type => File.Exists(Path.Combine(path, "onnx", $"{OnnxModel.Files[^1]}{type}.onnx"))) ?? "";
        return new OnnxCheckpoint(
            OnnxModel.Load(path, type, new OnnxModelInfo(sizes.ImageToken, sizes.MaxPositions, merge), options ?? new OnnxOptions()),
            config.Processor(sizes), GenerationConfig.Read(path, config.Json).Within(sizes.VocabSize, path));
    }

    /// <summary>
    /// The policy over tokens, or over codes where the graphs have them, which samples neither placeholders nor ids that no
    /// token owns.
    /// </summary>
    public OnnxSampler Policy() => new(Model, Decode, Generation.EndTokens,
        Math.Min(Model.VocabSize, Processor.Tokenizer.VocabularySize));

    /// <summary>
    /// The policy that generates as the reference does: it may sample every row of the output layer. Codes have no reference.
    /// </summary>
    public OnnxSampler Unrestricted() => Codes is null ? new(Model, Decode, Generation.EndTokens, null) : Policy();

    /// <summary>The text of a completion, special tokens dropped.</summary>
    public string Decode(int[] tokens) => Processor.Tokenizer.Decode(tokens, skipSpecial: true);

    /// <summary>Frees the graphs.</summary>
    public void Dispose() => Model.Dispose();
}
