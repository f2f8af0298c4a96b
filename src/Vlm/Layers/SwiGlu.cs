using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>The gated feed-forward layer: down(silu(gate(x)) * up(x)).</summary>
/// <remarks>Shazeer 2020, https://arxiv.org/abs/2002.05202, eq. 6; decoders have no biases, Qwen2.5-VL's tower has.</remarks>
public sealed class SwiGlu : UnaryLayer
{
    private readonly LoraLinear _gate, _up, _down;

    /// <summary>Three projections under their checkpoint names.</summary>
    public SwiGlu(long width, long inner, bool bias = false) : base(nameof(SwiGlu))
    {
        register_module("gate_proj", _gate = new LoraLinear(width, inner, bias));
        register_module("up_proj", _up = new LoraLinear(width, inner, bias));
        register_module("down_proj", _down = new LoraLinear(inner, width, bias));
    }

    internal LoraLinear GateProjection => _gate;

    internal LoraLinear UpProjection => _up;

    internal LoraLinear DownProjection => _down;

    /// <summary>Width between the products.</summary>
    internal int IntermediateSize => (int)_gate.Weight.size(0);

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) =>
        _down.call(nn.functional.silu(_gate.call(x)) * _up.call(x));
}
