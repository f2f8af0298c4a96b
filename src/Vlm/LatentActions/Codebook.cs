using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>K codes, each a vector as wide as the base's states: the columns of one matrix.</summary>
public sealed class Codebook : Layer
{
    private readonly Parameter _weight;

    /// <summary>Builds "weight" [H, K].</summary>
    public Codebook(long width, int codes) : base(nameof(Codebook)) =>
        register_parameter("weight", _weight = Weights.Uniform(1 / Math.Sqrt(codes), width, codes));

    /// <summary>K</summary>
    public int Codes => (int)_weight.size(1);

    /// <summary>The vectors of soft or straight-through choices.</summary>
    /// <param name="choices">[.., K], one-hot in value.</param>
    /// <returns>[.., H]</returns>
    public Tensor Mix(Tensor choices) => nn.functional.linear(choices.to(_weight.dtype), _weight);

    /// <summary>The vectors of codes, without a product.</summary>
    /// <param name="codes">[..] numbers from 0 to K - 1.</param>
    /// <returns>[.., H]</returns>
    public Tensor Of(Tensor codes) =>
        _weight.t().index_select(0, codes.flatten()).view([.. codes.shape, _weight.size(0)]);
}

/// <summary>A draw from softmax(logits) that gradients pass through.</summary>
/// <remarks>
/// Jang et al. 2017, https://arxiv.org/abs/1611.01144, section 2.1 and "straight-through"; Maddison et al. 2017,
/// https://arxiv.org/abs/1611.00712. All in float32: in half precision one-hot would not be one.
/// <code>
/// y = softmax((z + g) / tau)      i = argmax y      u = onehot(i) in value, y in gradient
/// </code>
/// </remarks>
public static class GumbelDraw
{
    /// <summary>One draw for each row of logits.</summary>
    /// <param name="logits">[.., K]</param>
    /// <param name="noise">[.., K] Gumbel numbers, -log of standard exponential ones.</param>
    /// <param name="relaxation">tau, above 0; only the gradient depends on it.</param>
    /// <returns>[.., K] one-hot in value.</returns>
    public static Tensor StraightThrough(Tensor logits, Tensor noise, double relaxation)
    {
        ScalarType type = logits.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor soft = ((logits.to(type) + noise.to(type)) / relaxation).softmax(-1);
        Tensor hard = nn.functional.one_hot(soft.argmax(-1), soft.shape[^1]).to(type);
        return hard + (soft - soft.detach());
    }

    /// <summary>Gumbel noise from a stream of its own.</summary>
    /// <param name="shape">Of the logits.</param>
    /// <param name="seed">Names the numbers: one for each (run, step, half of the batch).</param>
    /// <param name="device">Where they are needed; they are drawn on the processor, alike everywhere.</param>
    public static Tensor Noise(long[] shape, ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        Tensor exponential = -(rand(shape, generator: generator).clamp_min(1e-20)).log();
        return -exponential.clamp_min(1e-20).log().to(device);
    }
}
