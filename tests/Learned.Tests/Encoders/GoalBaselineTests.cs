using Vlm.Rewards.Learned;

namespace Learned.Tests.Encoders;

/// <summary>The goal-baseline form of an encoder's reward, on numbers that can be redone on paper.</summary>
public class GoalBaselineTests
{
    private static readonly double[] s_goal = [1, 0, 0], s_baseline = [0, 1, 0];
    private static readonly double[] s_state = [1 / Math.Sqrt(3), 1 / Math.Sqrt(3), 1 / Math.Sqrt(3)];

    // v = s - g = (.57735 - 1, .57735, .57735), |v|^2 = 2 - 2 * .57735 = .84530; d = (1, -1, 0), (d.v)^2 / |d|^2 = 1 / 2.
    // alpha 0: 1 - .84530 / 2; .5: 1 - (.25 * .84530 + .75 * .5) / 2; 1: 1 - .5 / 2.
    [Theory]
    [InlineData(0, 0.57735)]
    [InlineData(0.5, 0.70684)]
    [InlineData(1, 0.75)]
    public void The_published_example_has_its_numbers(double alpha, double expected) =>
        Assert.Equal(expected, GoalBaseline.Reward(s_state, s_goal, s_baseline, alpha), 5e-6);

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void A_state_that_is_the_goal_earns_one(double alpha) =>
        Assert.Equal(1, GoalBaseline.Reward(s_goal, s_goal, s_baseline, alpha), 1e-15);

    // The matrix P written out, on unequal numbers of both signs.
    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.8)]
    [InlineData(1)]
    public void It_is_one_less_half_the_squared_length_of_P_times_the_difference(double alpha)
    {
        double[] s = [0.6, -0.8, 0, 0], g = [0.1, 0.7, -0.2, 0.5], b = [-0.4, 0.3, 0.9, 0.2];
        double[] d = [.. g.Zip(b, (x, y) => x - y)], v = [.. s.Zip(g, (x, y) => x - y)];
        double line = d.Sum(x => x * x), squared = 0;
        for (int row = 0; row < 4; row++)
        {
            double value = Enumerable.Range(0, 4).Sum(column => (alpha * d[row] * d[column] / line + (row == column ? 1 - alpha : 0)) * v[column]);
            squared += value * value;
        }

        Assert.Equal(1 - squared / 2, GoalBaseline.Reward(s, g, b, alpha), 1e-14);
    }

    [Fact]
    public void A_mean_of_prompts_is_not_made_a_unit_vector_again()
    {
        double[] mean = GoalBaseline.Mean([[1, 0], [0, 1]]);

        Assert.Equal([0.5, 0.5], mean);
        // 1 - |(.5, -.5)|^2 / 2, where the cosine to (.5, .5) would be .7071.
        Assert.Equal(0.75, GoalBaseline.Reward([1, 0], mean, [], 0), 1e-15);
    }

    [Fact]
    public void What_has_no_line_or_no_common_width_is_refused()
    {
        Assert.Throws<ArgumentException>(() => GoalBaseline.Reward(s_state, s_goal, s_goal, 0.5));
        Assert.Throws<ArgumentException>(() => GoalBaseline.Reward(s_state, [1, 0], s_baseline, 0));
        Assert.Throws<ArgumentException>(() => GoalBaseline.Reward(s_state, s_goal, [1, 0], 0.5));
        Assert.Throws<ArgumentException>(() => GoalBaseline.Reward(s_state, s_goal, s_baseline, 1.5));
        Assert.Throws<ArgumentException>(() => GoalBaseline.Reward(s_state, s_goal, s_baseline, double.NaN));
    }
}
