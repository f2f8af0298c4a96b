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
        AdvantageBatch batch = GroupAdvantage.Compute(s_rewards, 4, new(Epsilon: 0.001));

        double one = s_std + 0.001, two = 1.5 + 0.001;
        Close(
            [0.6 / one, -0.4 / one, 0.1 / one, -0.3 / one, -0.75 / two, -0.75 / two, -0.75 / two, 2.25 / two],
            batch.Values);
        Assert.Equal((s_std + 1.5) / 2, batch.RewardStd, Precise);
        Assert.Equal(12.6 / 8, batch.RewardMean, Precise);
        Assert.Equal(0, batch.FlatGroups);
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

    // 0.1 + 0.2 is 0.30000000000000004: equal rewards that were added in another order. With epsilon 1e-18 the rounding
    // would become an advantage of about 1.
    [Theory]
    [InlineData(AdvantageScale.Group)]
    [InlineData(AdvantageScale.Batch)]
    [InlineData(AdvantageScale.None)]
    public void Rewards_equal_up_to_rounding_teach_exactly_nothing(AdvantageScale scale)
    {
        double[] rewards = [0.1 + 0.2, 0.3, 0.3, 0, 1, 0.5];
        AdvantageBatch batch = GroupAdvantage.Compute(rewards, 3, new(scale, Epsilon: 1e-18));

        Assert.Equal([0, 0, 0], batch.Values[..3]);
        Assert.All(batch.Values[3..5], value => Assert.NotEqual(0, value));
        Assert.Equal(0.5, batch.FlatGroups);
    }

    // Scored: 1 and 0 in group 1 (mean 0.5, std sqrt(0.5)); group 2 has one, group 3 none.
    [Fact]
    public void Unscored_rollouts_get_nothing_and_are_in_no_mean()
    {
        double nan = double.NaN;
        AdvantageBatch batch = GroupAdvantage.Compute([1, nan, 0, nan, 7, nan, nan, nan, nan], 3, new(Epsilon: 0.01));

        double a = 0.5 / (Math.Sqrt(0.5) + 0.01);
        Close([a, 0, -a, 0, 0, 0, 0, 0, 0], batch.Values);
        Assert.Equal(6, batch.Unscored);
        Assert.Equal(2.0 / 3, batch.FlatGroups, Precise);
        Assert.Equal(8.0 / 3, batch.RewardMean, Precise);
    }

    [Fact]
    public void Leave_one_out_counts_only_the_scored()
    {
        double[] values = Values([1, double.NaN, 0, 0.5], 4, new(AdvantageScale.None, AdvantageBaseline.LeaveOneOut));

        Close([1 - 0.25, 0, 0 - 0.75, 0.5 - 0.5], values);
    }

    [Fact]
    public void A_batch_that_nothing_could_score_is_all_zeros()
    {
        AdvantageBatch batch = GroupAdvantage.Compute([double.NaN, double.NaN], 2);

        Assert.Equal([0, 0], batch.Values);
        Assert.True(double.IsNaN(batch.RewardMean));
    }

    [Theory]
    [InlineData(2, 1, "a group of 1 has nothing to compare with (Parameter 'groupSize')")]
    [InlineData(5, 2, "5 rewards are no whole groups of 2 (Parameter 'rewards')")]
    [InlineData(0, 2, "0 rewards are no whole groups of 2 (Parameter 'rewards')")]
    public void Groups_that_cannot_be_compared_are_refused(int rewards, int groupSize, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => GroupAdvantage.Compute(new double[rewards], groupSize));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void An_infinite_reward_is_refused_with_its_place()
    {
        var error = Assert.Throws<ArgumentException>(
            () => GroupAdvantage.Compute([1, 0, double.NegativeInfinity, 2], 2));

        Assert.Equal("reward 2 is infinite (Parameter 'rewards')", error.Message);
    }

    [Fact]
    public void Rewards_are_added_with_their_weights_and_absent_ones_left_out()
    {
        Assert.Equal(0.5 * 2 + 3, RewardSum.Weighted([0.5, double.NaN, 3], [2, 100, 1]));
        Assert.True(double.IsNaN(RewardSum.Weighted([double.NaN, double.NaN], [1, 1])));
        Assert.Throws<ArgumentException>(() => RewardSum.Weighted([1, 2], [1]));
    }

    private static double[] Values(double[] rewards, int groupSize, AdvantageOptions options) =>
        GroupAdvantage.Compute(rewards, groupSize, options).Values;

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Precise));
    }
}
