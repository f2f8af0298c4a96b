using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Attention in which every row may see every row: that of vision towers.</summary>
internal static class FullAttention
{
    // On the processor libtorch's fused kernel is twice as fast from a few hundred rows on, and keeps no scores; below it is
    // up to a third slower than the three operators it fuses.
    private const long FewRows = 256;

    /// <summary>softmax(q k^T / sqrt(d) + bias) v, softmax in float32.</summary>
    /// <param name="q">[B, heads, n, d]</param>
    /// <param name="k">[B, heads, n, d]</param>
    /// <param name="v">[B, heads, n, d]</param>
    /// <param name="bias">[B, 1, 1, n] added to the scores; null for none.</param>
    /// <returns>[B, heads, n, d]</returns>
    internal static Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? bias = null)
    {
        (long B, long h, long n, long d) = q.shape switch { var s => (s[0], s[1], s[2], s[3]) };
        if (n >= FewRows || q.device_type != DeviceType.CPU)
            return nn.functional.scaled_dot_product_attention(q, k, v, bias?.to(q.dtype));

        Tensor scores = bmm((q * (1 / Math.Sqrt(d))).reshape(B * h, n, d), k.reshape(B * h, n, d).transpose(1, 2));
        if (bias is not null)
            scores = (scores.view(B, h, n, n) + bias).view(B * h, n, n);
        return bmm(scores.softmax(-1, ScalarType.Float32).to(v.dtype), v.reshape(B * h, n, d)).view(B, h, n, d);
    }
}
