using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// What a decoder that acts through codes takes and gives besides. Inputs may be left out: then codes are the most probable.
/// </summary>
/// <remarks>
/// <code>
/// B rows    n tokens that logits are of    K codes
///
/// code              int64    [B, n] or what stretches to it; below 0, as it stands: sampled
/// code_uniform      float32  [B, n] or what stretches to it, in [0, 1); below 0, as it stands: the most probable
/// code_temperature  float32  [] above 0; 1
/// code_top_k        int64    [] only that many of the most probable; 0: all
/// code_top_p        float32  [] only the most probable that together have this share; 1: all
/// code_min_p        float32  [] only those with this share of the most probable one's; 0: all
///
/// code_logits       float32  [B, n, K]
/// codes             int64    [B, n] those that were taken, and that logits are under
/// </code>
/// </remarks>
internal static class OnnxCodeTensors
{
    public const string Logits = "code_logits", Codes = "codes", Code = "code", Uniform = "code_uniform",
        Temperature = "code_temperature", TopK = "code_top_k", TopP = "code_top_p", MinP = "code_min_p";

    /// <summary>Inputs by which the most probable code is taken: none.</summary>
    public static IReadOnlyDictionary<string, Tensor> MostProbable { get; } = new Dictionary<string, Tensor>();

    /// <summary>Inputs by which these codes are taken.</summary>
    /// <param name="codes">[N, n]</param>
    public static IReadOnlyDictionary<string, Tensor> Taken(Tensor codes) =>
        new Dictionary<string, Tensor> { [Code] = codes };

    /// <summary>Inputs by which the code of one token is sampled.</summary>
    /// <param name="uniforms">[N] in [0, 1).</param>
    /// <param name="sampling">Temperature and filters.</param>
    public static IReadOnlyDictionary<string, Tensor> Sampled(Tensor uniforms, Sampling sampling) =>
        new Dictionary<string, Tensor>
        {
            [Uniform] = uniforms.unsqueeze(1),
            [Temperature] = tensor((float)sampling.Temperature),
            [TopK] = tensor((long)sampling.TopK),
            [TopP] = tensor((float)sampling.TopP),
            [MinP] = tensor((float)sampling.MinP),
        };
}

/// <summary>What a decoder gave.</summary>
/// <param name="Logits">[N, n, V] float32.</param>
/// <param name="CodeLogits">[N, n, K] float32; null where it does not act through codes.</param>
/// <param name="Codes">[N, n] those that were taken; null with them.</param>
internal sealed record OnnxOutput(Tensor Logits, Tensor? CodeLogits, Tensor? Codes);
