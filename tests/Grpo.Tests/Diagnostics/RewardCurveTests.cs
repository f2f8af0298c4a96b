namespace Vlm.Grpo.Tests.Diagnostics;

public class RewardCurveTests
{
    private static readonly RewardCurve s_curve = new([new(0, 0.2), new(10, 0.4), new(40, 0.1), new(100, 0.7)]);

    // 10 x 0.3 + 30 x 0.25 + 60 x 0.4 = 34.5 over 100 steps. Points weighed alike would give 0.35.
    [Fact]
    public void The_area_is_the_mean_reward_on_the_way()
    {
        Assert.Equal(0.345, s_curve.AreaUnderCurve, 1e-12);
        Assert.Equal(0.3, new RewardCurve([new(20, 0.2), new(30, 0.4)]).AreaUnderCurve, 1e-12);
        Assert.Equal(0.2, new RewardCurve([new(70, 0.2)]).AreaUnderCurve);
    }

    // 0.25 is a quarter of the way from 0.2 at 0 to 0.4 at 10, and again at 55. 0.6 is 5/6 of the way from 0.1 at 40 to 0.7 at 100.
    [Theory]
    [InlineData(0.25, 2.5)]
    [InlineData(0.4, 10.0)]
    [InlineData(0.6, 90.0)]
    [InlineData(0.7, 100.0)]
    [InlineData(0.2, 0.0)]
    [InlineData(-1, 0.0)]
    [InlineData(0.71, null)]
    public void A_level_is_reached_where_the_line_first_crosses_it(double level, double? step)
    {
        Assert.Equal(step is null, s_curve.StepsTo(level) is null);
        Assert.Equal(step ?? 0, s_curve.StepsTo(level) ?? 0, 1e-9);
        Assert.Equal((step ?? 0) * 128, s_curve.RolloutsTo(level, 128) ?? 0, 1e-7);
        Assert.Equal(step is null, s_curve.RolloutsTo(level, 128) is null);
    }

    [Fact]
    public void A_curve_that_begins_late_begins_at_its_first_step() =>
        Assert.Equal(10, new RewardCurve([new(10, 0.5), new(20, 0.9)]).StepsTo(0.3));

    [Fact]
    public void Points_out_of_order_and_without_a_number_are_refused()
    {
        static string Refused(params RewardPoint[] points) => Assert.Throws<ArgumentException>(() => new RewardCurve(points)).Message;

        Assert.StartsWith("a curve has at least one point", Refused(), StringComparison.Ordinal);
        Assert.StartsWith("point 1 is a reward of 0.5 at step 3;", Refused(new(3, 0.5), new(3, 0.5)), StringComparison.Ordinal);
        Assert.StartsWith("point 0 is a reward of NaN at step 0;", Refused(new RewardPoint(0, double.NaN)), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => s_curve.RolloutsTo(0.3, 0));
    }
}
