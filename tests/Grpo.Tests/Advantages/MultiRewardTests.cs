using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>Several rewards, compared together and apart.</summary>
public class MultiRewardTests
{
    private static readonly double[] s_a = [1, 0, 1, 0], s_b = [0.2, 0.4, 0.1, 0.3];

    // Apart: (a - 0.5) / 0.57735 + (b - 0.25) / 0.129099; together: (a + b - 0.75) / std(a + b).
    [Fact]
    public void Apart_a_reward_of_narrow_spread_counts_as_much_as_one_of_wide_spread()
    {
        double[] apart = Advantages(new() { Epsilon = 1e-8, Aggregation = RewardAggregation.NormalizeThenSum, NormalizeSum = false });
        double[] together = Advantages(new() { Epsilon = 1e-8 });

        Assert.Equal([0.4787, 0.2959, -0.2959, -0.4787], apart.Select(Rounded));
        Assert.Equal([0.9668, -0.7519, 0.7519, -0.9668], together.Select(Rounded));
    }

    [Fact]
    public void Advantages_apart_are_bounded_where_a_bound_is_set()
    {
        double[] apart = Advantages(new() { Epsilon = 1e-8, Aggregation = RewardAggregation.NormalizeThenSum, NormalizeSum = false, Clip = 0.4 });

        Assert.Equal([0.4, 0.2959, -0.2959, -0.4], apart.Select(Rounded));
    }

    [Fact]
    public void A_reward_that_is_equal_in_its_group_adds_nothing_and_is_no_NaN()
    {
        TotalScore[] scores = [.. s_b.Select(b => TotalScore.Of(new ScorePart("flat", 3, new(0.7, "")), new("b", 1, new(b, ""))))];

        double[] apart = Advantages(scores, new() { Epsilon = 1e-8, Aggregation = RewardAggregation.NormalizeThenSum, NormalizeSum = false });

        Assert.Equal([-0.3873, 1.1619, -1.1619, 0.3873], apart.Select(Rounded));
    }

    [Fact]
    public void What_is_not_scored_is_in_no_mean_and_gets_none()
    {
        TotalScore[] scores = [.. s_b.Select(b => TotalScore.Of(new ScorePart("b", 1, new(b, "")))), TotalScore.None.PlusUnscored("b", 1, "timed out")];

        double[] apart = Advantages(scores, new() { Aggregation = RewardAggregation.NormalizeThenSum });

        Assert.Equal(0, apart[4]);
        Assert.Equal(0, apart.Sum(), 1e-9);
    }

    // The second judge did not answer for the last: its first reward, the largest, is in no mean either, unless what is there counts.
    [Fact]
    public void A_rollout_that_is_not_scored_is_in_the_mean_of_none_of_its_rewards()
    {
        TotalScore half = TotalScore.Of(new ScorePart("a", 1, new(9, ""))).PlusUnscored("b", 1, "none");
        TotalScore[] scores = [Two(0, 0.4), Two(1, 0.1), Two(0.5, 0.1), half];
        AdvantageOptions apart = new() { Epsilon = 1e-8, Aggregation = RewardAggregation.NormalizeThenSum, NormalizeSum = false };

        Assert.Equal([.. Advantages(scores[..3], apart), 0], Advantages(scores, apart));
        Assert.NotEqual(0, Advantages(scores, apart with { Unscored = UnscoredRewards.Partial })[3]);

        static TotalScore Two(double a, double b) => TotalScore.Of(new ScorePart("a", 1, new(a, "")), new("b", 1, new(b, "")));
    }

    // What is measured without a weight is no reward: it does not make a rollout count.
    [Fact]
    public void A_measure_without_a_weight_does_not_make_a_rollout_count()
    {
        TotalScore measured = TotalScore.None.Plus(new("length", 0, new(30, ""))).PlusUnscored("judge", 1, "none");

        Assert.Equal(double.NaN, PaidRewards.Of(measured, UnscoredRewards.Partial));
        Assert.Equal(0, PaidRewards.Of(measured, UnscoredRewards.Zero));
        Assert.Equal(2, PaidRewards.Of(measured.Plus(new("form", 4, new(0.5, ""))), UnscoredRewards.Partial));
    }

    private static double[] Advantages(AdvantageOptions options) => Advantages(
        [.. s_a.Zip(s_b, (a, b) => TotalScore.Of(new ScorePart("a", 1, new(a, "")), new("b", 1, new(b, ""))))], options);

    private static double[] Advantages(TotalScore[] scores, AdvantageOptions options)
    {
        var prompt = new Prompt("p", "", [1], null, []);
        Rollout[] rollouts = [.. scores.Select((_, i) => new Rollout(prompt, i, [2], [2], [-1f], "", StopReason.EndOfSequence))];
        return [.. GroupAdvantage.Estimate(Batch.Of(rollouts, scores), options).Select(sample => sample.Advantage.Mean)];
    }

    private static double Rounded(double value) => Math.Round(value, 4);
}
