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

    /// <summary>What each of K codes adds to the first products of the blocks: W_c c, since W [x; c] is W_x x + W_c c.</summary>
    /// <param name="codes">[K, H] code embeddings.</param>
    public MergeTable Table(Tensor codes) => new([.. _blocks.Select(block => block.OfCodes(codes))]);

    /// <summary>The same as with code embeddings, from a table of what codes add.</summary>
    /// <param name="h">[.., H] states of the base, after its final norm.</param>
    /// <param name="codes">[..] codes.</param>
    /// <param name="table">Of these weights.</param>
    /// <param name="norm">The base's final norm.</param>
    /// <param name="readOut">What the output layer reads.</param>
    /// <returns>[.., H]</returns>
    public Tensor Forward(Tensor h, Tensor codes, MergeTable table, Func<Tensor, Tensor> norm, ReadOut readOut)
    {
        (Tensor x, Tensor last) = (h, h);
        foreach ((MergeBlock block, MergeTable.Block added) in _blocks.Zip(table.Blocks))
        {
            last = block.Forward(x, added.Of(codes));
            x = x + last;
        }
        return Read(h, x, last, norm, readOut);
    }

    /// <summary>What the output layer reads for several codes in each state; up to the first block states are read once.</summary>
    /// <param name="h">[M, H] states.</param>
    /// <param name="table">Of these weights.</param>
    /// <param name="norm">The base's final norm.</param>
    /// <param name="readOut">What the output layer reads.</param>
    /// <param name="which">[M, T] the codes of each state; null takes all of them.</param>
    /// <returns>[M, T, H], or [M, K, H]</returns>
    public Tensor ForwardAll(Tensor h, MergeTable table, Func<Tensor, Tensor> norm, ReadOut readOut, Tensor? which = null)
    {
        Tensor state = h.unsqueeze(1);                                                        // [M, 1, H]
        (Tensor x, Tensor last) = (state, state);
        foreach ((MergeBlock block, MergeTable.Block added) in _blocks.Zip(table.Blocks))
        {
            last = block.Forward(x, which is null ? added : added.Of(which));                      // [M, K, H]
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

    internal Tensor Forward(Tensor x, MergeTable.Block added) =>
        _down.call(nn.functional.silu(OfStates(_gate, x) + added.Gate.to(x.dtype)) * (OfStates(_up, x) + added.Up.to(x.dtype)));

    internal MergeTable.Block OfCodes(Tensor codes) => new(OfCodes(_gate, codes), OfCodes(_up, codes));

    private static Tensor OfStates(LoraLinear both, Tensor x) =>
        nn.functional.linear(x, both.Weight.narrow(1, 0, x.shape[^1]).to(x.dtype));

    private static Tensor OfCodes(LoraLinear both, Tensor codes) =>
        nn.functional.linear(codes, both.Weight.narrow(1, codes.shape[^1], codes.shape[^1]));
}

/// <summary>What codes add to the first products of a world model's blocks. It holds as long as the weights do.</summary>
/// <param name="Blocks">One for each block.</param>
public sealed record MergeTable(IReadOnlyList<MergeTable.Block> Blocks)
{
    /// <summary>Numbers of a table: K codes, I inside each block, gate and up.</summary>
    internal static long Numbers(LatentConfig config, DecoderConfig sizes) =>
        2L * config.Codes * sizes.IntermediateSize * config.MergeBlocks;

    /// <summary>One block's.</summary>
    /// <param name="Gate">[K, I]</param>
    /// <param name="Up">[K, I]</param>
    public sealed record Block(Tensor Gate, Tensor Up)
    {
        /// <summary>The rows of some codes. [.., I]</summary>
        internal Block Of(Tensor codes) => new(Rows(Gate, codes), Rows(Up, codes));

        private static Tensor Rows(Tensor table, Tensor codes) =>
            table.index_select(0, codes.flatten()).view([.. codes.shape, table.shape[1]]);
    }
}
