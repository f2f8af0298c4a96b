using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;

namespace Learned.Tests.RewardModels;

/// <summary>Pairs of a policy's own answers.</summary>
public class AnswerPairsTests
{
    private static readonly Example s_example = Shapes.Example(1, Split.Train, 0);

    // All six pairs of four scores, but that of the equal ones; the better one first.
    [Fact]
    public void Every_two_answers_of_different_scores_are_a_pair_once()
    {
        IReadOnlyList<Preference> pairs = Of(["a", "b", "c", "d"], [0.5, 1, 0.25, 0.5], new() { PairsPerQuestion = 10 });

        Assert.Equal(["a>c 0.25", "b>a 0.5", "b>c 0.75", "b>d 0.5", "d>c 0.25"], Texts(pairs).Order(StringComparer.Ordinal));
        Assert.All(pairs, pair => Assert.Same(s_example, pair.Example));
    }

    [Theory]
    [InlineData(10, 0.5, "b>a 0.5 b>c 0.75 b>d 0.5")]
    [InlineData(10, 0.6, "b>c 0.75")]
    [InlineData(10, 0.8, "")]
    public void Answers_that_are_closer_than_the_gap_are_no_pair(int most, double gap, string expected) => Assert.Equal(
        expected, string.Join(' ', Texts(Of(["a", "b", "c", "d"], [0.5, 1, 0.25, 0.5], new() { PairsPerQuestion = most, MinGap = gap })).Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData(4, "e>b 4 a>d 2")]
    [InlineData(1, "e>b 4")]
    public void The_best_goes_with_the_worst(int most, string expected) => Assert.Equal(expected, string.Join(' ', Texts(
        Of(["a", "b", "c", "d", "e"], [4, 1, 3, 2, 5], new() { Pairing = Pairing.BestWorst, PairsPerQuestion = most }))));

    // What was not scored is no zero; the same text is no pair, nor is an empty one, of which nothing can be learned.
    [Fact]
    public void Answers_without_score_or_text_and_repetitions_are_left_out() => Assert.Equal(["a>c 1"], Texts(
        Of(["a", " a", "b", "", "c"], [1, 1, double.NaN, -5, 0], new() { PairsPerQuestion = 10 })));

    [Fact]
    public void At_most_so_many_are_drawn_from_all_by_the_seed()
    {
        string[] answers = [.. Enumerable.Range(0, 12).Select(i => $"answer {i}")];
        double[] scores = [.. Enumerable.Range(0, 12).Select(i => i / 12.0)];
        string Drawn(long seed) => string.Join(' ', Texts(AnswerPairs.Of(s_example, answers, scores, new() { PairsPerQuestion = 4 }, new(seed, "pairs"))));

        Assert.Equal(4, Of(answers, scores, new() { PairsPerQuestion = 4 }).Count);
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.Equal(20, Enumerable.Range(0, 20).Select(seed => Drawn(seed)).Distinct().Count());
    }

    [Fact]
    public void A_score_for_each_answer_is_needed() =>
        Assert.Throws<ArgumentException>(() => Of(["a", "b"], [1], new()));

    private static IReadOnlyList<Preference> Of(string[] answers, double[] scores, AnswerPairOptions options) =>
        AnswerPairs.Of(s_example, answers, scores, options, new RandomStream(1, "pairs"));

    private static string[] Texts(IEnumerable<Preference> pairs) =>
        [.. pairs.Select(pair => FormattableString.Invariant($"{pair.Chosen}>{pair.Rejected} {pair.Strength}"))];
}
