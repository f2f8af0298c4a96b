using Vlm.Rewards.Learned;

namespace Learned.Tests.Reports;

/// <summary>How rewards order answers, by hand.</summary>
public class AgreementTests
{
    // Learned differences + + - - 0, verified + - - - +, and one verified tie that says nothing: alike 1, 0, 1, 1 (both prefer the rejected), 0.5.
    [Fact]
    public void Pairs_are_ordered_alike_where_the_verified_reward_orders_them()
    {
        ScoredPair[] learned = [Pair(2, 1), Pair(2, 1), Pair(1, 2), Pair(0, 3), Pair(1, 1), Pair(9, 0)];
        (double, double)[] verified = [(1, 0), (0, 1), (0, 0.5), (0.25, 1), (1, 0), (0.5, 0.5)];

        RewardAgreement agreement = RewardAgreement.Of(learned, verified);

        Assert.Equal((5, 12), (agreement.Pairs, agreement.Answers));
        Assert.Equal(3.5 / 5, agreement.OrderedAlike, 1e-12);
        Assert.Throws<ArgumentException>(() => RewardAgreement.Of(learned, verified[1..]));
    }

    // Ranks of 10 20 20 40: 1, 2.5, 2.5, 4.
    [Fact]
    public void Equal_values_share_the_mean_of_their_ranks() =>
        Assert.Equal([4, 2.5, 1, 2.5], RankCorrelation.Ranks([40, 20, 10, 20]));

    // Ranks 1 2 3 4 5 and 2 1 4 3 5: sum of squared differences 4, rho = 1 - 6 x 4 / (5 x 24) = 0.8.
    [Fact]
    public void Spearman_is_the_correlation_of_ranks()
    {
        Assert.Equal(0.8, RankCorrelation.Spearman([1, 2, 3, 4, 5], [20, 10, 400, 30, 5000]), 1e-12);
        Assert.Equal(-1, RankCorrelation.Spearman([1, 2, 3], [9, 4, 1]), 1e-12);
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1, 2, 3], [7, 7, 7])));
        Assert.True(double.IsNaN(RankCorrelation.Spearman([], [])));
    }

    // Kind a: 3 of 4, kind b: 0 of 1. Micro 3/5, macro (0.75 + 0) / 2; the error of 3/4 of four is sqrt(0.75 x 0.25 / 4).
    [Fact]
    public void Kinds_count_alike_in_the_macro_average_and_pairs_in_the_micro_average()
    {
        PairReport report = PairReport.Of([Pair(1, 0), Pair(1, 0), Pair(1, 0), Pair(0, 1), Pair(0, 1) with { Kind = "b" }]);

        Assert.Equal((0.6, 0.375), (report.All.Accuracy, report.MacroAccuracy));
        Assert.Equal(Math.Sqrt(0.75 * 0.25 / 4), report.Kinds[0].StandardError, 1e-12);
    }

    private static ScoredPair Pair(double chosen, double rejected) => new("a", chosen, rejected, 3, 2);
}
