using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What a state becomes when a code is acted: blocks that merge the two, position by position.</summary>
/// <remarks>
/// <code>
/// B(x, c) = W_down (silu(W_gate [x; c]) * (W_up [x; c]))      x_j = x_(j-1) + B_j(x_(j-1), c)      x_0 = h
/// </code>
/// </remarks>
public sealed class WorldModel : nn.Module
{
    private readonly ModuleList<MergeBlock> _blocks;

    /// <summary>Builds "blocks".</summary>
    public WorldModel(DecoderConfig sizes, int blocks) : base(nameof(WorldModel)) =>
        register_module("blocks", _blocks = new ModuleList<MergeBlock>(
            [.. Enumerable.Range(0, blocks).Select(_ => new MergeBlock(sizes.Attention.Width, sizes.Inner))]));

    /// <summary>What the output layer reads.</summary>
    /// <param name="h">[.., H] states of the base, after its final norm.</param>
    /// <param name="code">[.., H] vectors of codes.</param>
    /// <param name="norm">The base's final norm.</param>
    /// <param name="readOut">How it is read.</param>
    /// <returns>[.., H]</returns>
    public Tensor Forward(Tensor h, Tensor code, Func<Tensor, Tensor> norm, ReadOut readOut)
    {
        (Tensor x, Tensor last) = (h, h);
        foreach (MergeBlock block in _blocks)
        {
            last = block.Forward(x, code);
            x = x + last;
        }
        return readOut switch
        {
            ReadOut.Delta => norm(x) - h.detach(),
            ReadOut.LastBlock => norm(last),
            _ => norm(x),
        };
    }
}

/// <summary>One merge block: a gated feed-forward layer over a state and a code side by side, without biases.</summary>
public sealed class MergeBlock : nn.Module
{
    private readonly Projection _gate, _up, _down;

    /// <summary>Builds "gate_proj", "up_proj" [I, 2H] and "down_proj" [H, I].</summary>
    public MergeBlock(long width, long inner) : base(nameof(MergeBlock))
    {
        register_module("gate_proj", _gate = new Projection(2 * width, inner));
        register_module("up_proj", _up = new Projection(2 * width, inner));
        register_module("down_proj", _down = new Projection(inner, width));
    }

    internal Tensor Forward(Tensor x, Tensor code)
    {
        Tensor both = cat([x, code.to(x.dtype)], -1);
        return _down.call(nn.functional.silu(_gate.call(both)) * _up.call(both));
    }
}
