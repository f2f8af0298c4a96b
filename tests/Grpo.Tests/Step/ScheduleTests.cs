namespace Vlm.Grpo.Tests.Step;

public class ScheduleTests
{
    // Warm-up of 3: 1/4, 2/4, 3/4, then 4 steps from the peak.
    //   linear to 0.2: p = 0, 1/4, 2/4, 3/4: 1, 0.8, 0.6, 0.4, and 0.2 from then on
    //   cosine to 0.2: 0.2 + 0.8 * (1 + cos(p pi)) / 2; cos of 0, 45, 90 and 135 degrees
    public static TheoryData<ScheduleShape, double[]> Shapes { get; } = new()
    {
        { ScheduleShape.Constant, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1] },
        { ScheduleShape.Linear, [0.25, 0.5, 0.75, 1, 0.8, 0.6, 0.4, 0.2, 0.2] },
        {
            ScheduleShape.Cosine,
            [
                0.25, 0.5, 0.75, 1, 0.2 + 0.4 * (1 + Math.Sqrt(0.5)), 0.2 + 0.4,
                0.2 + 0.4 * (1 - Math.Sqrt(0.5)), 0.2, 0.2,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_rate_rises_to_its_peak_and_falls_to_its_final_share(ScheduleShape shape, double[] expected)
    {
        var schedule = new Schedule(shape, Warmup: 3, Steps: 7, Final: 0.2);

        for (int step = 1; step <= expected.Length; step++)
            Assert.Equal(expected[step - 1], schedule.Multiplier(step), 1e-12);
    }

    [Fact]
    public void No_update_is_wasted_at_rate_0()
    {
        var schedule = new Schedule(ScheduleShape.Linear, Warmup: 2, Steps: 4);

        Assert.Equal(1.0 / 3, schedule.Multiplier(1), 1e-12);
        Assert.Equal(0.5, schedule.Multiplier(4), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.Multiplier(0));
    }
}
