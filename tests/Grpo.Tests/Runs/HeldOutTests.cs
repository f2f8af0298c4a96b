namespace Vlm.Grpo.Tests.Runs;

public class HeldOutTests
{
    private static readonly (long, double)[] s_series = [(10, 0.2), (20, 0.5), (30, 0.5), (40, 0.4), (50, 0.3)];

    [Theory]
    [InlineData(1, 10L)]
    [InlineData(2, 20L)]
    [InlineData(5, 20L)]
    public void The_first_of_the_best_is_the_best(int evaluations, long best) =>
        Assert.Equal(best, HeldOut.BestOf(s_series[..evaluations]));

    [Fact]
    public void Before_any_evaluation_none_is() => Assert.Null(HeldOut.BestOf([]));

    // After 20 come 30, 40 and 50, none of them better.
    [Theory]
    [InlineData(3, 1, true)]
    [InlineData(4, 3, false)]
    [InlineData(5, 3, true)]
    [InlineData(5, 4, false)]
    [InlineData(5, 0, false)]
    [InlineData(2, 1, false)]
    public void It_stops_after_as_many_evaluations_as_are_allowed(int evaluations, int patience, bool stops) =>
        Assert.Equal(stops, HeldOut.Stop(s_series[..evaluations], patience));
}
