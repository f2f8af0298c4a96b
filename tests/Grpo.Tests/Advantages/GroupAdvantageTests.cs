namespace Vlm.Grpo.Tests.Advantages;

public class GroupAdvantageTests
{
    private const double Precise = 1e-12;

    // Group 1: 1, 0, 0.5, 0.1: mean 0.4, deviations 0.6 -0.4 0.1 -0.3, squares 0.36 + 0.16 + 0.01 + 0.09 = 0.62,
    //          variance 0.62 / 3, std sqrt(0.206667) = 0.454606
    // Group 2: 2, 2, 2, 5: mean 2.75, deviations -0.75 x 3 and 2.25, squares 6.75, std sqrt(2.25) = 1.5
    private static readonly double[] s_rewards = [1, 0, 0.5, 0.1, 2, 2, 2, 5];
    private static readonly double s_std = Math.Sqrt(0.62 / 3);

    [Fact]
    public void A_reward_is_measured_in_standard_deviations_of_its_group()
    {
        (double[] values, StepStats metrics) = Updates.Compare(s_rewards, 4, new(Epsilon: 0.001));

        double one = s_std + 0.001, two = 1.5 + 0.001;
        Close(
            [0.6 / one, -0.4 / one, 0.1 / one, -0.3 / one, -0.75 / two, -0.75 / two, -0.75 / two, 2.25 / two],
            values);
        Assert.Equal((s_std + 1.5) / 2, metrics[Metric.RewardStd], Precise);
        Assert.Equal(12.6 / 8, metrics[Metric.Reward], Precise);
        Assert.Equal(0, metrics[Metric.FracRewardZeroStd]);
    }

    [Fact]
    public void Without_a_scale_only_the_mean_is_taken_off() =>
        Close([0.6, -0.4, 0.1, -0.3, -0.75, -0.75, -0.75, 2.25], Values(s_rewards, 4, new(AdvantageScale.None)));

    // Mean of the others of group 1: (0 + 0.5 + 0.1) / 3 = 0.2 for the first, so 1 - 0.2 = 0.8; and so on.
    [Fact]
    public void Leave_one_out_compares_with_the_mean_of_the_others() =>
        Close(
            [
                1 - 0.6 / 3, 0 - 1.6 / 3, 0.5 - 1.1 / 3, 0.1 - 1.5 / 3,
                2 - 9.0 / 3, 2 - 9.0 / 3, 2 - 9.0 / 3, 5 - 6.0 / 3,
            ],
            Values(s_rewards, 4, new(AdvantageScale.None, AdvantageBaseline.LeaveOneOut)));

    // All eight: mean 1.575, squares 0.330625 + 2.480625 + 1.155625 + 2.175625 + 3 x 0.180625 + 11.730625 = 18.415,
    // std sqrt(18.415 / 7); the differences stay those from the group's mean.
    [Fact]
    public void Batch_scale_divides_by_the_deviation_of_the_whole_batch()
    {
        double divisor = Math.Sqrt(18.415 / 7) + 0.001;
        double[] differences = [0.6, -0.4, 0.1, -0.3, -0.75, -0.75, -0.75, 2.25];

        Close(
            [.. differences.Select(d => d / divisor)], Values(s_rewards, 4, new(AdvantageScale.Batch, Epsilon: 0.001)));
    }

    // The card of Pref-GRPO: pointwise scores a thousandth apart and their advantages; as win rates 1, 1/3, 0, 2/3 (mean 0.5,
    // squares 0.25 + 0.25 + 2/36, std sqrt(0.555556 / 3) = 0.430331) the same order has the same size whatever lies between.
    [Fact]
    public void Win_rates_take_the_size_of_differences_away()
    {
        AdvantageOptions value = new(Epsilon: 0), wins = new(Epsilon: 0) { Comparison = RewardComparison.WinRate };
        double std = Math.Sqrt(5.0 / 9 / 3);
        double[] expected = [0.5 / std, -0.5 / 3 / std, -0.5 / std, 0.5 / 3 / std];

        Close(expected, Values([0.801, 0.800, 0.799, 0.8005], 4, wins));
        Close(expected, Values([8, 0.2, -50, 0.3], 4, wins));
        Assert.NotEqual(expected[0], Values([0.801, 0.800, 0.799, 0.8005], 4, value)[0], 0.01);
    }

    [Fact]
    public void Win_rates_of_a_group_add_up_to_half_of_it_and_equal_rewards_tie()
    {
        double[] rates = WinRate.Of([0.1 + 0.2, 0.3, double.NaN, 7, -1]);

        Close([0.5, 0.5, double.NaN, 1, 0], rates);
        Assert.Equal(2, rates.Where(double.IsFinite).Sum(), Precise);
        Close([double.NaN, 0.5], WinRate.Of([double.NaN, 4]));
    }

    // 0.1 + 0.2 is 0.30000000000000004: equal rewards that were added in another order. With epsilon 1e-18 the rounding
    // would become an advantage of about 1.
    [Theory]
    [InlineData(AdvantageScale.Group)]
    [InlineData(AdvantageScale.Batch)]
    [InlineData(AdvantageScale.None)]
    public void Rewards_equal_up_to_rounding_teach_exactly_nothing(AdvantageScale scale)
    {
        double[] rewards = [0.1 + 0.2, 0.3, 0.3, 0, 1, 0.5];
        (double[] values, StepStats metrics) = Updates.Compare(rewards, 3, new(scale, Epsilon: 1e-18));

        Assert.Equal([0, 0, 0], values[..3]);
        Assert.All(values[3..5], value => Assert.NotEqual(0, value));
        Assert.Equal(0.5, metrics[Metric.FracRewardZeroStd]);
    }

    // Scored: 1 and 0 in group 1 (mean 0.5, std sqrt(0.5)); group 2 has one, group 3 none.
    [Fact]
    public void Unscored_rollouts_get_nothing_and_are_in_no_mean()
    {
        double nan = double.NaN;
        (double[] values, StepStats metrics) = Updates.Compare([1, nan, 0, nan, 7, nan, nan, nan, nan], 3, new(Epsilon: 0.01));

        double a = 0.5 / (Math.Sqrt(0.5) + 0.01);
        Close([a, 0, -a, 0, 0, 0, 0, 0, 0], values);
        Assert.Equal(2.0 / 3, metrics[Metric.FracRewardZeroStd], Precise);
        Assert.Equal(8.0 / 3, metrics[Metric.Reward], Precise);
    }

    // Means 0.5 and 3: each group has its own, whatever its size; samples keep their places in the batch.
    [Fact]
    public void Groups_of_different_sizes_are_compared_each_within_itself()
    {
        (Prompt a, Prompt b) = (new("a", "", [1], null, []), new("b", "", [2], null, []));
        Rollout[] rollouts = [.. new[] { a, b, a, b, b }.Select(prompt => SupervisedUpdate.Target(prompt, [1]))];

        Batch batch = GroupAdvantage.Estimate(
            Updates.Scored(rollouts, [0, 1, 1, 3, 5]), new(AdvantageScale.None));

        Assert.Equal([[0, 2], [1, 3, 4]], batch.Groups);
        Close([-0.5, -2, 0.5, 0, 2], [.. batch.Select(sample => sample.Advantage[0])]);
    }

    [Fact]
    public void Leave_one_out_counts_only_the_scored()
    {
        double[] values = Values([1, double.NaN, 0, 0.5], 4, new(AdvantageScale.None, AdvantageBaseline.LeaveOneOut));

        Close([1 - 0.25, 0, 0 - 0.75, 0.5 - 0.5], values);
    }

    // Differences 0.5, -0.5 and 1, -1, squares 2.5, over n - 1 = 3: the unscored have no difference, which a 0 would be.
    [Fact]
    public void The_deviation_of_differences_is_that_of_the_scored()
    {
        AdvantageOptions options = new(Epsilon: 0.01) { Estimator = AdvantageEstimator.ReinforcePpBatchStd };
        double[] values = Values([1, double.NaN, 0, 4, 2, double.NaN], 3, options);

        double std = Math.Sqrt(2.5 / 3) + 0.01;
        Close([0.5 / std, 0, -0.5 / std, 1 / std, -1 / std, 0], values);
    }

    [Fact]
    public void A_batch_that_nothing_could_score_is_all_zeros()
    {
        (double[] values, StepStats metrics) = Updates.Compare([double.NaN, double.NaN], 2);

        Assert.Equal([0, 0], values);
        Assert.True(double.IsNaN(metrics[Metric.Reward]));
    }

    [Theory]
    [InlineData(2, 1, "a group of 1 has nothing to compare with (Parameter 'groups')")]
    [InlineData(5, 2, "a group of 1 has nothing to compare with (Parameter 'groups')")]
    [InlineData(0, 2, "there is no group to compare rewards in (Parameter 'groups')")]
    public void Groups_that_cannot_be_compared_are_refused(int rewards, int groupSize, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Updates.Advantages(new double[rewards], groupSize));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void An_infinite_reward_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(
            () => Updates.Advantages([1, 0, double.NegativeInfinity, 2], 2));

        Assert.Equal("a reward is infinite (Parameter 'groups')", error.Message);
    }

    private static double[] Values(double[] rewards, int groupSize, AdvantageOptions options) =>
        Updates.Advantages(rewards, groupSize, options);

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Precise));
    }
}
