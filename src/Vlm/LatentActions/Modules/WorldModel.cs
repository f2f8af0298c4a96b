using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>The world model: blocks that merge a state with a code, position by position.</summary>
/// <remarks>
/// <code>
/// B(x, c) = W_down (silu(W_gate [x; c]) * (W_up [x; c]))      x_j = x_(j-1) + B_j(x_(j-1), c)      x_0 = h
/// </code>
/// </remarks>
public sealed class WorldModel : Layer
{
    private readonly ModuleList<MergeBlock> _blocks;

    /// <summary>Builds "blocks".</summary>
    public WorldModel(DecoderConfig sizes, int blocks) : base(nameof(WorldModel)) =>
        register_module("blocks", _blocks = new ModuleList<MergeBlock>(
            [.. Enumerable.Range(0, blocks).Select(_ => new MergeBlock(sizes.Attention.HiddenSize, sizes.IntermediateSize))]));

    /// <summary>What the output layer reads.</summary>
    /// <param name="h">[.., H] states of the base, after its final norm.</param>
    /// <param name="code">[.., H] code embeddings.</param>
    /// <param name="norm">The base's final norm.</param>
    /// <param name="readOut">What the output layer reads.</param>
    /// <returns>[.., H]</returns>
    public Tensor Forward(Tensor h, Tensor code, Func<Tensor, Tensor> norm, ReadOut readOut)
    {
        (Tensor x, Tensor last) = (h, h);
        foreach (MergeBlock block in _blocks)
        {
            last = block.Forward(x, code);
            x = x + last;
        }
        return Read(h, x, last, norm, readOut);
    }

    /// <summary>What the output layer reads for several codes in each state.</summary>
    /// <remarks>
    /// The first layer of a block over [x; c] is computed as W_x x + W_c c: once per code, and once per state up to the first
    /// block.
    /// </remarks>
    /// <param name="h">[M, H] states.</param>
    /// <param name="codes">[K, H] code embeddings.</param>
    /// <param name="norm">The base's final norm.</param>
    /// <param name="readOut">What the output layer reads.</param>
    /// <param name="which">[M, T] the codes of each state; null takes all of them.</param>
    /// <returns>[M, T, H], or [M, K, H]</returns>
    public Tensor ForwardAll(Tensor h, Tensor codes, Func<Tensor, Tensor> norm, ReadOut readOut, Tensor? which = null)
    {
        Tensor state = h.unsqueeze(1);                                                        // [M, 1, H]
        (Tensor x, Tensor last) = (state, state);
        foreach (MergeBlock block in _blocks)
        {
            last = block.ForwardAll(x, codes, which);                                              // [M, K, H]
            x = x + last;
        }
        return Read(state, x, last, norm, readOut);
    }

    private static Tensor Read(Tensor h, Tensor x, Tensor last, Func<Tensor, Tensor> norm, ReadOut readOut) =>
        readOut switch
        {
            ReadOut.Delta => norm(x) - h.detach(),
            ReadOut.LastBlock => norm(last),
            _ => norm(x),
        };
}

/// <summary>One merge block: a gated feed-forward layer over a state and a code side by side, without biases.</summary>
public sealed class MergeBlock : Layer
{
    private readonly LoraLinear _gate, _up, _down;

    /// <summary>Builds "gate_proj", "up_proj" [I, 2H] and "down_proj" [H, I].</summary>
    public MergeBlock(long width, long inner) : base(nameof(MergeBlock))
    {
        register_module("gate_proj", _gate = new LoraLinear(2 * width, inner));
        register_module("up_proj", _up = new LoraLinear(2 * width, inner));
        register_module("down_proj", _down = new LoraLinear(inner, width));
    }

    internal Tensor Forward(Tensor x, Tensor code)
    {
        Tensor both = cat([x, code.to(x.dtype)], -1);
        return _down.call(nn.functional.silu(_gate.call(both)) * _up.call(both));
    }

    // W [x; c] is W_x x + W_c c.
    internal Tensor ForwardAll(Tensor x, Tensor codes, Tensor? which) =>
        _down.call(nn.functional.silu(Product(_gate, x, codes, which)) * Product(_up, x, codes, which));

    private static Tensor Product(LoraLinear both, Tensor x, Tensor codes, Tensor? which)
    {
        long width = x.shape[^1];
        Tensor weight = both.Weight;
        Tensor ofCodes = nn.functional.linear(codes.to(x.dtype), weight.narrow(1, width, weight.size(1) - width));
        return nn.functional.linear(x, weight.narrow(1, 0, width))
            + (which is null ? ofCodes : ofCodes.index_select(0, which.flatten()).view(which.shape[0], which.shape[1], -1));
    }
}
