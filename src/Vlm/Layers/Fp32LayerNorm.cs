using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Layer norm with weights and a bias, computed in float32 whatever x is.</summary>
/// <remarks>Ba et al. 2016, https://arxiv.org/abs/1607.06450, eq. 4.</remarks>
public sealed class Fp32LayerNorm : UnaryLayer
{
    private readonly Parameter _weight, _bias;
    private readonly double _epsilon;

    /// <summary>A norm over vectors of <paramref name="width"/> numbers, its weights 1 and its bias 0.</summary>
    public Fp32LayerNorm(long width, double epsilon) : base(nameof(Fp32LayerNorm))
    {
        _epsilon = epsilon;
        register_parameter("weight", _weight = Weights.Ones(width));
        register_parameter("bias", _bias = Weights.Zeros(width));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => x.dtype == ScalarType.Float32 && _weight.dtype == ScalarType.Float32
        ? nn.functional.layer_norm(x, _weight.shape, _weight, _bias, _epsilon)
        : nn.functional.layer_norm(x.to(ScalarType.Float32), _weight.shape,
            _weight.to(ScalarType.Float32), _bias.to(ScalarType.Float32), _epsilon).to(x.dtype);
}
