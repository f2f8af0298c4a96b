using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Straight-through samples of softmax(logits).</summary>
/// <remarks>
/// Jang et al. 2017, https://arxiv.org/abs/1611.01144, section 2.1 and "straight-through"; Maddison et al. 2017,
/// https://arxiv.org/abs/1611.00712. All in float32: in half precision one-hot would not be one.
/// <code>
/// y = softmax((z + g) / tau)      i = argmax y      u = onehot(i) in value, y in gradient
/// </code>
/// </remarks>
public static class GumbelSoftmax
{
    /// <summary>One sample for each row of logits.</summary>
    /// <param name="logits">[.., K]</param>
    /// <param name="noise">[.., K] Gumbel numbers, -log of standard exponential ones.</param>
    /// <param name="temperature">tau, above 0; only the gradient depends on it.</param>
    /// <returns>[.., K] one-hot in value.</returns>
    public static Tensor StraightThrough(Tensor logits, Tensor noise, double temperature)
    {
        ScalarType type = logits.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor soft = ((logits.to(type) + noise.to(type)) / temperature).softmax(-1);
        Tensor hard = nn.functional.one_hot(soft.argmax(-1), soft.shape[^1]).to(type);
        return hard + (soft - soft.detach());
    }

    /// <summary>Gumbel noise of a seed.</summary>
    /// <param name="shape">Of the logits.</param>
    /// <param name="seed">One for each (run, step, paired or text-only data).</param>
    /// <param name="device">Where the noise goes; it is drawn on the CPU, so that every device gets the same numbers.</param>
    public static Tensor Noise(long[] shape, ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        Tensor exponential = -(rand(shape, generator: generator).clamp_min(1e-20)).log();
        return -exponential.clamp_min(1e-20).log().to(device);
    }
}
