using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Divides by the root of the mean square, then scales: w * x / sqrt(mean(x^2) + eps).</summary>
/// <remarks>Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, eq. 4. Computed in float32 whatever x is.</remarks>
public sealed class RmsNorm : UnaryLayer
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    /// <summary>A norm over vectors of <paramref name="width"/> numbers, its weights 1.</summary>
    public RmsNorm(long width, double epsilon) : base(nameof(RmsNorm))
    {
        _epsilon = epsilon;
        register_parameter("weight", _weight = Weights.Ones(width));
    }

    /// <summary>[width]</summary>
    internal Parameter Weight => _weight;

    /// <summary>Added to the mean square.</summary>
    internal double Epsilon => _epsilon;

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => Scaled(x, _epsilon) * _weight;

    /// <summary>x / sqrt(mean(x^2) + eps), in the type of x.</summary>
    internal static Tensor Scaled(Tensor x, double epsilon)
    {
        Tensor wide = x.to(ScalarType.Float32);
        Tensor scale = wide.square().mean([-1], keepdim: true).add(epsilon).rsqrt();     // [.., 1]
        return (wide * scale).to(x.dtype);
    }
}
