namespace Vlm.Grpo.Tests.Advantages;

public class DiscountScheduleTests
{
    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(5, 0.72478)]
    [InlineData(20, 0.92268)]
    [InlineData(100, 0.98403)]
    [InlineData(500, 0.99679)]
    public void Gamma_grows_with_what_is_mastered(int progress, double gamma) =>
        Assert.Equal(gamma, new DiscountSchedule(1000, progress).Gamma, 5e-6);

    [Fact]
    public void It_is_monotone_and_begins_at_a_fifth()
    {
        double[] gammas = [.. Enumerable.Range(1, 200).Select(k => new DiscountSchedule(200, k).Gamma)];

        Assert.All(gammas.Zip(gammas.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.Equal(25, DiscountSchedule.Begin(125).Progress);
        Assert.Equal(1, DiscountSchedule.Begin(3).Progress);
    }

    [Fact]
    public void The_longest_increasing_subsequence_is_strict()
    {
        Assert.Equal(3, DiscountSchedule.LongestIncreasing([0, 2, 1, 3]));
        Assert.Equal(1, DiscountSchedule.LongestIncreasing([2, 2, 2]));
        Assert.Equal(1, DiscountSchedule.LongestIncreasing([3, 2, 1]));
        Assert.Equal(4, DiscountSchedule.LongestIncreasing([5, 1, 2, 9, 3, 4, 0]));
        Assert.Equal(0, DiscountSchedule.LongestIncreasing([]));
    }

    // An agent that does what the demonstration does matches every step: 5 more an episode, until the horizon. One that stands still
    // matches 1 of k, below 0.9 of k from k = 3 on: floor(0.9 x 2) = 1.
    [Fact]
    public void Progress_grows_by_five_at_most_while_the_agent_keeps_up()
    {
        double[][] same = Cost(12, (t, s) => Math.Abs(t - s)), still = Cost(12, (_, s) => s);
        double[] reference = DiscountSchedule.Reference([same, same]);
        var schedule = DiscountSchedule.Begin(12);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], reference);
        Assert.Equal(2, schedule.Progress);
        Assert.Equal(7, schedule.After([same], reference).Progress);
        Assert.Equal(12, schedule.After([same], reference).After([same], reference).Progress);
        Assert.Equal(12, schedule.After([same], reference).After([same], reference).After([same], reference).Progress);
        Assert.Equal(3, schedule.After([still], reference).Progress);
        Assert.Equal(3, schedule.After([still], reference).After([still], reference).Progress);
    }

    // 90th percentile of 1 and k: 1 + 0.9 (k - 1), numpy's, reaches floor(0.9 k).
    [Fact]
    public void The_best_of_the_demonstrations_count()
    {
        double[][] same = Cost(12, (t, s) => Math.Abs(t - s)), still = Cost(12, (_, s) => s);

        Assert.Equal(7, new DiscountSchedule(12, 2).After([same, still], DiscountSchedule.Reference([same])).Progress);
    }

    // Turns that rollouts solved: 1 is solved by all, 2 by three of four, 3 by one.
    [Fact]
    public void Turns_are_mastered_where_enough_rollouts_solve_them()
    {
        var schedule = new DiscountSchedule(8, 1);

        Assert.Equal(3, schedule.After([1, 2, 2, 3], 0.75).Progress);
        Assert.Equal(2, schedule.After([1, 2, 2, 3], 0.9).Progress);
        Assert.Equal(1, schedule.After([0, 0, 1, 0], 0.5).Progress);
        Assert.Equal(6, schedule.After([8, 8], 1).Progress);
        Assert.Equal(8, new DiscountSchedule(8, 7).After([8, 8], 1).Progress);
    }

    [Fact]
    public void Its_state_is_one_counter_of_a_checkpoint()
    {
        var schedule = new DiscountSchedule(12, 7);
        var state = new TrainingState(1, 1, new Dictionary<string, long> { ["discount"] = schedule.Progress }, "");

        Assert.Equal(schedule, DiscountSchedule.Begin(12) with { Progress = (int)state.Counters["discount"] });
    }

    private static double[][] Cost(int steps, Func<int, int, double> of) =>
        [.. Enumerable.Range(0, steps).Select(t => Enumerable.Range(0, steps).Select(s => of(t, s)).ToArray())];
}
