using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

/// <summary>A decoder's last layers and a branch beside them, read in one product: the states of each read alone.</summary>
/// <remarks>Three prompts of 5, 9 and 7 tokens in groups of 22: more rows than <see cref="FusedSingleTokenDecoder"/> takes.</remarks>
public sealed class PairedLayersTests : IDisposable
{
    private const int Group = 22, Tokens = 6, Layers = 3;
    private static readonly int[] Lengths = [5, 9, 7];
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _off = no_grad();

    public void Dispose()
    {
        _off.Dispose();
        _scope.Dispose();
    }

    // As those of FusedSingleTokenDecoderTests. In bfloat16 the unit in the last place of a state is 2^-8.
    [Theory]
    [InlineData(1, 4, 4, false, false, false)]
    [InlineData(2, 6, 2, false, false, false)]
    [InlineData(3, 6, 2, false, false, false)]
    [InlineData(1, 6, 2, true, false, false)]
    [InlineData(1, 6, 2, false, true, false)]
    [InlineData(2, 4, 1, true, false, true)]
    [InlineData(1, 6, 2, true, true, false, ScalarType.BFloat16, 0.1)]
    public void Both_have_the_states_of_the_whole_sequence(
        int depth, int heads, int kvHeads, bool bias, bool norms, bool adapters, ScalarType type = ScalarType.Float32, double gap = 3e-5)
    {
        using var pair = new Pair(new AttentionConfig(20, heads, kvHeads, 6, bias, norms ? 1e-3 : null), depth, adapters, type);
        (Tensor tokens, Tensor positions) = ToyDecoder.Rows(Lengths, Group, Tokens);
        (Tensor own, Tensor branch) = pair.Whole(tokens, positions);

        KvCache cache = pair.Joined();
        (Tensor Own, Tensor Branch)[] steps = [.. Enumerable.Range(0, Tokens).Select(t => pair.Step(tokens, positions, t, cache))];

        Assert.InRange(ToyDecoder.Gap(own, cat([.. steps.Select(step => step.Own)], 1)), 0, gap);
        Assert.InRange(ToyDecoder.Gap(branch, cat([.. steps.Select(step => step.Branch)], 1)), 0, gap);
        Assert.True(ToyDecoder.Gap(own, branch) > 1);
        Assert.Throws<InvalidOperationException>(() => pair.Decoder.Continue(tokens, positions, cache));
    }

    // After three tokens prompt 1 leaves, and of each other prompt all rows but two; the rest stand in another order.
    [Fact]
    public void Rows_that_stay_go_on_as_they_would_have()
    {
        using var pair = new Pair(new AttentionConfig(20, 6, 2, 6), depth: 1, adapters: false, ScalarType.Float32);
        (Tensor tokens, Tensor positions) = ToyDecoder.Rows(Lengths, Group, Tokens);
        (Tensor own, Tensor branch) = pair.Whole(tokens, positions);
        KvCache cache = pair.Joined();
        for (int t = 0; t < 3; t++)
            _ = pair.Step(tokens, positions, t, cache);

        Tensor rows = tensor(new long[] { 60, 47, 0, 3 });
        cache.Keep(tensor(new long[] { 2, 0 }), rows, group: 2);
        for (int t = 3; t < Tokens; t++)
        {
            (Tensor Own, Tensor Branch) step = pair.Step(tokens.index_select(0, rows), positions.index_select(0, rows), t, cache);
            Assert.InRange(ToyDecoder.Gap(own.index_select(0, rows).narrow(1, t, 1), step.Own), 0, 1e-5);
            Assert.InRange(ToyDecoder.Gap(branch.index_select(0, rows).narrow(1, t, 1), step.Branch), 0, 1e-5);
            cache.Keep(tensor(new long[] { 0, 1 }), arange(4), group: 2);
        }
    }

    // The layers keep several tokens themselves: single ones after them go there too.
    [Fact]
    public void Single_tokens_after_several_do_not_miss_them()
    {
        using var pair = new Pair(new AttentionConfig(20, 6, 2, 6), depth: 1, adapters: false, ScalarType.Float32);
        (Tensor tokens, Tensor positions) = ToyDecoder.Rows(Lengths, Group, Tokens);
        (Tensor own, _) = pair.Whole(tokens, positions);
        KvCache cache = pair.Joined();
        _ = pair.Decoder.Continue(tokens.narrow(1, 0, 2), positions.narrow(1, 0, 2), cache);

        Tensor next = pair.Decoder.Continue(tokens.narrow(1, 2, 1), positions.narrow(1, 2, 1), cache);

        Assert.InRange(ToyDecoder.Gap(own.narrow(1, 2, 1), next), 0, 1e-5);
        Assert.Null(cache.Branched);
    }

    [Fact]
    public void A_branch_of_another_type_reads_for_itself()
    {
        using var pair = new Pair(new AttentionConfig(20, 6, 2, 6), depth: 1, adapters: false, ScalarType.BFloat16, branch: ScalarType.Float32);
        (Tensor tokens, Tensor positions) = ToyDecoder.Rows(Lengths, Group, Tokens);
        KvCache cache = pair.Joined();

        _ = pair.Decoder.Continue(tokens.narrow(1, 0, 1), positions.narrow(1, 0, 1), cache);

        Assert.Null(cache.Branched);
        Assert.NotNull(cache.Tapped);
    }

    private sealed class Pair : IDisposable
    {
        private readonly ModuleList<DecoderLayer> _branch;
        private readonly int _depth;

        internal Pair(AttentionConfig attention, int depth, bool adapters, ScalarType type, ScalarType? branch = null)
        {
            _depth = depth;
            Decoder = Weights.Unfilled(() => ToyDecoder.Make(attention, adapters, Layers), type, CPU);
            _branch = Weights.Unfilled(() => new ModuleList<DecoderLayer>(
                [.. Enumerable.Range(0, depth).Select(_ => new DecoderLayer(attention, 37, 1e-3))]), branch ?? type, CPU);
            Norm = Weights.Unfilled(() => new RmsNorm(20, 1e-3), branch ?? type, CPU);
            foreach ((int i, DecoderLayer layer) in _branch.Index())
                ToyDecoder.Fill(layer, 300 + 20 * i);
            ToyDecoder.Fill(Norm, 400);
        }

        internal Decoder Decoder { get; }

        internal RmsNorm Norm { get; }

        private AttentionConfig Sizes => Decoder.Config.Attention;

        // All tokens of all rows at once, first through the decoder and then through the branch.
        internal (Tensor Own, Tensor Branch) Whole(Tensor tokens, Tensor positions)
        {
            KvCache cache = Prefixes(), prefix = Branch();
            Tensor own = Decoder.Continue(tokens, positions, cache);
            var pass = new AttentionPass(Lengths.Length, Decoder.Config.RopeAt(positions), Masks.Causal(Tokens, CPU), prefix);
            Tensor x = _branch.Select((layer, i) => (layer, i))
                .Aggregate(cache.Tapped!, (states, each) => each.layer.Forward(states, pass, prefix[each.i]));
            return (own, Norm.call(x));
        }

        internal KvCache Joined()
        {
            KvCache cache = Prefixes();
            cache.Branch = new DecoderBranch([.. _branch], Norm, Branch());
            cache.Reserve(Group, Tokens);
            return cache;
        }

        internal (Tensor Own, Tensor Branch) Step(Tensor tokens, Tensor positions, int t, KvCache cache) =>
            (Decoder.Continue(tokens.narrow(1, t, 1), positions.narrow(1, t, 1), cache), cache.Branched!);

        public void Dispose()
        {
            Decoder.Dispose();
            _branch.Dispose();
            Norm.Dispose();
        }

        private KvCache Prefixes() => Read(new KvCache(Layers, Layers - _depth), Layers, seed: 10);

        private KvCache Branch() => Read(new KvCache(_depth), _depth, seed: 40);

        private KvCache Read(KvCache cache, int layers, int seed) =>
            ToyDecoder.Read(cache, layers, Sizes, Lengths, [0, 1, 2], seed: seed, type: Decoder.EmbeddingWeight.dtype);
    }
}
