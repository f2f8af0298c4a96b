using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class HistoryRulesTests
{
    private const int Vocabulary = 9;

    // Token 0 is seen and positive: 2 / 2. Token 1 is seen, three times, and negative: -1 * 2, once. The others stay.
    [Fact]
    public void A_penalty_lowers_each_token_seen_once_whatever_its_sign()
    {
        using var scope = NewDisposeScope();
        var sampling = new Sampling { RepetitionPenalty = 2 };
        Tensor logits = tensor(new float[] { 2, -1, 0.5f, 3, -4, 0, 0, 0, 0 }).unsqueeze(0);

        Tensor scores = TokenDistribution.Scores(logits, sampling, null, Masks(sampling, [0, 1], [1, 1]));

        Assert.Equal([1, -2, 0.5f, 3, -4, 0, 0, 0, 0], scores.data<float>().ToArray());
    }

    // 3.0 / 1.05 = 2.857 falls below 2.9.
    [Fact]
    public void A_penalty_changes_what_is_greedy()
    {
        using var scope = NewDisposeScope();
        var sampling = new Sampling { RepetitionPenalty = 1.05, Greedy = true };
        Tensor logits = tensor(new float[] { 1, 3.0f, 2.9f, 0, 0, 0, 0, 0, 0 }).unsqueeze(0);

        Assert.Equal(1, TokenDistribution.LogProbs(logits, sampling, null).argmax(-1).item<long>());
        Assert.Equal(2, TokenDistribution.LogProbs(logits, sampling, null, Masks(sampling, [1], [])).argmax(-1).item<long>());
    }

    // 5 6 7 5 6: after "5 6" and after "6" stood 7. Nothing followed "7 5 6" but the end. The border of prompt and
    // completion is no border to an n-gram.
    [Theory]
    [InlineData(1, new[] { 5, 6, 7, 5, 6 }, new int[0], new[] { 5, 6, 7 })]
    [InlineData(2, new[] { 5, 6, 7 }, new[] { 5, 6 }, new[] { 7 })]
    [InlineData(3, new[] { 5, 6, 7, 5 }, new[] { 6 }, new[] { 7 })]
    [InlineData(3, new[] { 5, 6 }, new[] { 7, 5, 6 }, new[] { 7 })]
    [InlineData(4, new[] { 5, 6, 7 }, new[] { 5, 6 }, new int[0])]
    [InlineData(2, new[] { 3, 4, 3, 5 }, new[] { 3 }, new[] { 4, 5 })]
    [InlineData(2, new[] { 3 }, new[] { 3, 3 }, new[] { 3 })]
    [InlineData(3, new[] { 5 }, new int[0], new int[0])]
    public void What_would_repeat_an_n_gram_is_banned(int n, int[] prompt, int[] sampled, int[] banned)
    {
        using var scope = NewDisposeScope();

        HistoryMasks masks = Masks(new Sampling { NoRepeatNgram = n }, prompt, sampled);

        Assert.Null(masks.Seen);
        Assert.Equal(banned, Places(masks.Banned));
    }

    [Theory]
    [InlineData(new int[0], new[] { 1, 8 })]
    [InlineData(new[] { 4, 4 }, new[] { 1, 8 })]
    [InlineData(new[] { 4, 4, 4 }, new int[0])]
    public void End_tokens_are_banned_until_the_completion_is_long_enough(int[] sampled, int[] banned)
    {
        using var scope = NewDisposeScope();

        // The prompt's three tokens do not count.
        Assert.Equal(banned, Places(Masks(new Sampling { MinNewTokens = 3 }, [2, 2, 2], sampled).Banned));
    }

    [Fact]
    public void Each_row_has_its_own_past_and_idle_rows_have_none()
    {
        using var scope = NewDisposeScope();
        var sampling = new Sampling { RepetitionPenalty = 1.2, NoRepeatNgram = 2, MinNewTokens = 1 };
        HistoryRules rules = HistoryRules.Of(sampling, [Prompt([2, 3]), Prompt([4, 5, 4])], [1], Vocabulary)!;

        // The second row's past ends before its last token.
        HistoryMasks masks = rules.Masks([new ActionHistory(0, [7], 1), new ActionHistory(1, [6, 5], 0), null, new ActionHistory(1, [6, 5], 2)], CPU);

        Assert.Equal([2, 3, 7], Places(masks.Seen![0]));
        Assert.Equal([4, 5], Places(masks.Seen[1]));
        Assert.Equal([], Places(masks.Seen[2]));
        Assert.Equal([4, 5, 6], Places(masks.Seen[3]));
        Assert.Equal([], Places(masks.Banned![0]));
        Assert.Equal([1, 5], Places(masks.Banned[1]));
        Assert.Equal([], Places(masks.Banned[2]));
        Assert.Equal([4], Places(masks.Banned[3]));
    }

    [Fact]
    public void Without_a_rule_that_looks_back_there_are_no_rules() =>
        Assert.Null(HistoryRules.Of(new Sampling { TopK = 3, TopP = 0.5, Greedy = true }, [], [], Vocabulary));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_penalty_that_is_not_positive_is_refused(double penalty)
    {
        var error = Assert.Throws<OptionException>(
            () => HistoryRules.Of(new Sampling { RepetitionPenalty = penalty }, [], [], Vocabulary));

        Assert.StartsWith("RepetitionPenalty must be > 0, got ", error.Message);
    }

    private static HistoryMasks Masks(Sampling sampling, int[] prompt, int[] sampled) =>
        HistoryRules.Of(sampling, [Prompt(prompt)], [1, 8], Vocabulary)!.Masks([new ActionHistory(0, sampled, sampled.Length)], CPU);

    private static Prompt Prompt(int[] tokens) => new("", "", tokens, null, []);

    private static int[] Places(Tensor? mask) =>
        mask is null ? [] : [.. mask.flatten().data<bool>().ToArray().Index().Where(item => item.Item).Select(item => item.Index)];
}
