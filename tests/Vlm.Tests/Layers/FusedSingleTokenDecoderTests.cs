using TorchSharp;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

/// <summary>Token by token in loops, against the layers over all tokens at once: the same states.</summary>
/// <remarks>Three prompts of 5, 9 and 7 tokens; groups of five, one more than are read together; six new tokens a row.</remarks>
public sealed class FusedSingleTokenDecoderTests : IDisposable
{
    private const int Prompts = 3, Group = 5, Tokens = 6;
    private static readonly int[] Lengths = [5, 9, 7];
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _off = no_grad();

    public void Dispose()
    {
        _off.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<string, int, int, bool, bool, bool> Kinds() => new()
    {
        { "a key head for each query head", 4, 4, false, false, false },
        { "three query heads a key head", 6, 2, false, false, false },
        { "biases", 6, 2, true, false, false },
        { "head norms", 6, 2, false, true, false },
        { "adapters", 4, 1, true, false, true },
    };

    // States of size 1 after the norm: 3e-5 is rounding, whatever the processor adds up first.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Single_tokens_have_the_states_of_the_whole_sequence(
        string kind, int heads, int kvHeads, bool bias, bool norms, bool adapters)
    {
        using Decoder decoder = Make(new AttentionConfig(20, heads, kvHeads, 6, bias, norms ? 1e-3 : null), adapters);
        (Tensor tokens, Tensor positions) = Rows();
        Tensor whole = decoder.Continue(tokens, positions, Read(decoder, All()));

        Assert.True(Gap(whole, Single(decoder, tokens, positions, All())) < 3e-5, $"{kind}: {Gap(whole, Single(decoder, tokens, positions, All()))}");
        Assert.InRange(whole.std().item<float>(), 0.3, 3);
    }

    // After three tokens prompt 1 leaves, and of each other prompt three rows; the rest stand in another order.
    [Fact]
    public void Rows_that_stay_go_on_as_they_would_have()
    {
        using Decoder decoder = Make(new AttentionConfig(20, 6, 2, 6), adapters: false);
        (Tensor tokens, Tensor positions) = Rows();
        Tensor whole = decoder.Continue(tokens, positions, Read(decoder, All()));
        KvCache cache = Reserved(decoder, All());
        for (int t = 0; t < 3; t++)
            _ = decoder.Continue(tokens.narrow(1, t, 1), positions.narrow(1, t, 1), cache);

        Tensor rows = tensor(new long[] { 14, 11, 0, 3 });
        cache.Keep(tensor(new long[] { 2, 0 }), rows, group: 2);
        for (int t = 3; t < Tokens; t++)
        {
            Tensor next = decoder.Continue(
                tokens.index_select(0, rows).narrow(1, t, 1), positions.index_select(0, rows).narrow(1, t, 1), cache);
            Assert.InRange(Gap(whole.index_select(0, rows).narrow(1, t, 1), next), 0, 1e-5);
        }
    }

    // Bit by bit: prompts alone, without the padding that others brought, and rows alone.
    [Fact]
    public void A_row_has_the_same_numbers_in_any_batch()
    {
        using Decoder decoder = Make(new AttentionConfig(20, 6, 2, 6, Bias: true), adapters: false);
        (Tensor tokens, Tensor positions) = Rows();
        Tensor together = Single(decoder, tokens, positions, All());
        for (int p = 0; p < Prompts; p++)
        {
            Tensor alone = Single(decoder, tokens.narrow(0, p * Group, Group), positions.narrow(0, p * Group, Group), [p]);
            Assert.Equal(0, Gap(together.narrow(0, p * Group, Group), alone));
            Tensor last = Single(decoder, tokens.narrow(0, p * Group + 4, 1), positions.narrow(0, p * Group + 4, 1), [p]);
            Assert.Equal(0, Gap(together.narrow(0, p * Group + 4, 1), last));
        }
    }

    // What lies in padded columns is never looked at, were it infinite.
    [Fact]
    public void Padding_is_not_read()
    {
        using Decoder decoder = Make(new AttentionConfig(20, 6, 2, 6), adapters: false);
        (Tensor tokens, Tensor positions) = Rows();
        Tensor clean = Single(decoder, tokens, positions, All());

        Assert.Equal(0, Gap(clean, Single(decoder, tokens, positions, All(), padding: float.PositiveInfinity)));
    }

    [Fact]
    public void Room_that_is_full_is_an_error_and_not_other_memory()
    {
        using Decoder decoder = Make(new AttentionConfig(20, 4, 4, 6), adapters: false);
        (Tensor tokens, Tensor positions) = Rows();
        KvCache cache = Reserved(decoder, All());
        for (int t = 0; t < Tokens; t++)
            _ = decoder.Continue(tokens.narrow(1, t, 1), positions.narrow(1, t, 1), cache);

        Assert.Throws<InvalidOperationException>(() =>
            decoder.Continue(tokens.narrow(1, 0, 1), positions.narrow(1, 0, 1), cache));
    }

    // Several tokens go through the layers, which keep them elsewhere: single ones after them do too, and not the reverse.
    [Fact]
    public void Several_tokens_at_once_and_single_ones_do_not_miss_each_other()
    {
        using Decoder decoder = Make(new AttentionConfig(20, 4, 4, 6), adapters: false);
        (Tensor tokens, Tensor positions) = Rows();
        Tensor whole = decoder.Continue(tokens, positions, Read(decoder, All()));
        KvCache cache = Reserved(decoder, All());
        _ = decoder.Continue(tokens.narrow(1, 0, 2), positions.narrow(1, 0, 2), cache);
        Assert.InRange(Gap(whole.narrow(1, 2, 1), decoder.Continue(tokens.narrow(1, 2, 1), positions.narrow(1, 2, 1), cache)), 0, 1e-5);

        KvCache other = Reserved(decoder, All());
        _ = decoder.Continue(tokens.narrow(1, 0, 1), positions.narrow(1, 0, 1), other);
        Assert.Throws<InvalidOperationException>(() =>
            decoder.Continue(tokens.narrow(1, 1, 2), positions.narrow(1, 1, 2), other));
    }

    private static Tensor Single(
        Decoder decoder, Tensor tokens, Tensor positions, int[] prompts, float padding = 0)
    {
        KvCache cache = Reserved(decoder, prompts, padding);
        Tensor states = cat([.. Enumerable.Range(0, Tokens).Select(t =>
            decoder.Continue(tokens.narrow(1, t, 1), positions.narrow(1, t, 1), cache))], 1);
        Assert.NotNull(cache.ForSingleTokens(() => null));
        return states;
    }

    private static KvCache Reserved(Decoder decoder, int[] prompts, float padding = 0)
    {
        KvCache cache = Read(decoder, prompts, padding);
        cache.Reserve(Group, Tokens);
        return cache;
    }

    private static KvCache Read(Decoder decoder, int[] prompts, float padding = 0) => ToyDecoder.Read(
        new KvCache(decoder.Config.Layers), decoder.Config.Layers, decoder.Config.Attention, Lengths, prompts, padding);

    private static (Tensor Tokens, Tensor Positions) Rows() => ToyDecoder.Rows(Lengths, Group, Tokens);

    private static Decoder Make(AttentionConfig attention, bool adapters) => ToyDecoder.Make(attention, adapters);

    private static int[] All() => [.. Enumerable.Range(0, Prompts)];

    private static double Gap(Tensor a, Tensor b) => ToyDecoder.Gap(a, b);
}
