using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>The gated feed-forward layer: down(silu(gate(x)) * up(x)).</summary>
/// <remarks>Shazeer 2020, https://arxiv.org/abs/2002.05202, eq. 6, without biases.</remarks>
public sealed class SwiGlu : nn.Module<Tensor, Tensor>
{
    private readonly Linear _gate, _up, _down;

    /// <summary>Three projections under their checkpoint names.</summary>
    public SwiGlu(long width, long inner) : base(nameof(SwiGlu))
    {
        register_module("gate_proj", _gate = nn.Linear(width, inner, hasBias: false));
        register_module("up_proj", _up = nn.Linear(width, inner, hasBias: false));
        register_module("down_proj", _down = nn.Linear(inner, width, hasBias: false));
    }

    /// <summary>[inner, width]</summary>
    internal Tensor Gate => _gate.weight!;

    /// <summary>[inner, width]</summary>
    internal Tensor Up => _up.weight!;

    /// <summary>[width, inner]</summary>
    internal Tensor Down => _down.weight!;

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) =>
        _down.call(nn.functional.silu(_gate.call(x)) * _up.call(x));
}
