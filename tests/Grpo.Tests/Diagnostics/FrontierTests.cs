using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Diagnostics;

public class FrontierTests
{
    // Best of three: 0.9, 0.4 and 0.8, mean 0.7. Rewards sum to 1.2, 1.2 and 1.2: 3.6 / 9. One of three questions has no spread.
    // Answers: "a" twice with "b", three, and one: 2. Entropies 6, 6 and 6 over 9 answers.
    [Fact]
    public void A_point_is_the_mean_over_its_groups()
    {
        var point = FrontierPoint.Of(0.7, [
            new([0.9, 0.1, 0.2], ["a", " a\n", "b"], [1, 2, 3]),
            new([0.4, 0.4, 0.4], ["x", "y", "z"], [1, 1, 4]),
            new([0.8, 0.3, 0.1], ["", "", " "], [0, 0, 6])], n: 3);

        Assert.Equal(Rounded(new FrontierPoint(0.7, 2, 0.4, 0.7, 1.0 / 3, 2)), Rounded(point));
    }

    // Best of two of 0, 0.5 and 1, over the three pairs: (0.5 + 1 + 1) / 3.
    [Fact]
    public void The_best_of_fewer_than_all_is_expected_over_draws() =>
        Assert.Equal(2.5 / 3, FrontierPoint.Of(1, [new([0, 1, 0.5], ["", "", ""], [0, 0, 0])], n: 2).BestOf, 1e-12);

    // From (1 nat, .2, best .5) to (3 nats, .6, best .7): at 1.5 nats a quarter of the way.
    [Fact]
    public void Between_two_points_it_is_a_straight_line()
    {
        var frontier = new Frontier([At(2, 3, 0.6, 0.7), At(1, 1, 0.2, 0.5), At(3, 4, 0.1, 0.9)]);

        FrontierPoint between = frontier.At(1.5);

        Assert.Equal([1.0, 3, 4], frontier.Points.Select(point => point.Nats));
        Assert.Equal((1.5, 0.3, 0.55), (between.Nats, Math.Round(between.Reward, 12), Math.Round(between.BestOf, 12)));
        Assert.Equal((0.125, 1.5), (between.FracRewardZeroStd, between.DistinctAnswers));
        Assert.True(double.IsNaN(between.Temperature));
        Assert.Equal(0.35, frontier.At(3.5).Reward, 1e-12);
        Assert.Equal(frontier.Points[1], frontier.At(3));
        Assert.Equal(frontier.Points[2], frontier.At(4));
    }

    [Theory]
    [InlineData(0.99, "a lower temperature too")]
    [InlineData(4.01, "a higher temperature too")]
    public void Nothing_is_extrapolated(double nats, string fix)
    {
        var frontier = new Frontier([At(0.5, 1, 0, 0), At(2, 4, 1, 1)]);

        var error = Assert.Throws<UsageException>(() => frontier.At(nats));

        Assert.Equal(FormattableString.Invariant($"nothing was measured at {nats} nats an answer, only at 1 to 4 nats"), error.Message);
        Assert.Equal(("temperatures 0.5, 2", fix), (error.Where, error.Fix));
    }

    [Fact]
    public void Two_frontiers_are_compared_where_both_were_measured()
    {
        var low = new Frontier([At(1, 1, 0, 0), At(2, 3, 0, 0)]);

        Assert.Equal((2, 3), low.Common(new([At(1, 2, 0, 0), At(2, 5, 0, 0)])));
        Assert.Equal((1, 3), low.Common(new([At(1, 0, 0, 0), At(2, 9, 0, 0)])));
        Assert.Null(low.Common(new([At(1, 3.1, 0, 0)])));
        Assert.Throws<UsageException>(() => low.At(double.NaN));
    }

    // Of up to two tokens the mean of sum_t H(q_t) is H(first) + sum over first tokens that do not end of p(first) H(second | first).
    // 480 answers at either temperature; a reward of 1 for ending at once.
    [Fact]
    public void A_policy_is_measured_at_each_temperature()
    {
        using var policy = new BigramPolicy();
        Prompt[] questions = [.. Enumerable.Range(0, 60).Select(i => BigramPolicy.Prompt($"q{i}", 0))];
        var options = new GrpoOptions { MaxNewTokens = 2, MicroBatchSize = 64 };

        var frontier = Frontier.Measure(policy, questions, options, new(3, 1), EndsAtOnce, [2, 0.25]);

        Assert.Equal([0.25, 2], frontier.Points.Select(point => point.Temperature));
        Assert.All(frontier.Points, point =>
        {
            (double nats, double ends) = Expected(policy, point.Temperature);
            Assert.Equal(nats, point.Nats, 0.05);
            Assert.Equal(ends, point.Reward, 4 * Math.Sqrt(ends * (1 - ends) / 480));
            Assert.Equal(1 - Math.Pow(1 - ends, 8), point.BestOf, 0.2);
        });
        Assert.True(frontier.Points[1].Nats > frontier.Points[0].Nats + 0.1);
        FrontierPoint[] parts = [.. Frontier.Measure(
            policy, questions, options with { MicroBatchSize = 16 }, new(3, 1), EndsAtOnce, [0.25, 2]).Points];
        Assert.Equal(frontier.Points.Select(Rounded), parts.Select(Rounded));
        Assert.NotEqual(frontier.Points[0], Frontier.Measure(policy, questions, options, new(4, 1), EndsAtOnce, [0.25]).Points[0]);
    }

    [Fact]
    public void Groups_that_are_too_small_or_without_numbers_are_refused()
    {
        static string Refused(params AnswerGroup[] groups) => Assert.Throws<ArgumentException>(() => FrontierPoint.Of(1, groups, 2)).Message;

        Assert.StartsWith("there is no group", Refused(), StringComparison.Ordinal);
        Assert.StartsWith("1 rewards, 1 texts and 1 entropies", Refused(new AnswerGroup([1], ["a"], [1])), StringComparison.Ordinal);
        Assert.StartsWith("2 rewards, 2 texts and 1 entropies", Refused(new AnswerGroup([1, 2], ["a", "b"], [1])), StringComparison.Ordinal);
        Assert.StartsWith("a reward or entropy is not finite", Refused(new AnswerGroup([1, double.NaN], ["a", "b"], [1, 1])), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Frontier([]));
    }

    private static FrontierPoint At(double temperature, double nats, double reward, double bestOf) =>
        new(temperature, nats, reward, bestOf, temperature == 1 ? 0 : 0.5, temperature == 1 ? 1 : 3);

    private static FrontierPoint Rounded(FrontierPoint point) => new(point.Temperature, Math.Round(point.Nats, 9), Math.Round(point.Reward, 9),
        Math.Round(point.BestOf, 9), Math.Round(point.FracRewardZeroStd, 9), Math.Round(point.DistinctAnswers, 9));

    private static TotalScore[] EndsAtOnce(IReadOnlyList<Rollout> rollouts) =>
        [.. rollouts.Select(rollout => new TotalScore(rollout.Actions[0] == BigramPolicy.End ? 1 : 0, []))];

    private static (double Nats, double Ends) Expected(BigramPolicy policy, double temperature)
    {
        double[][] table = [.. ((policy.Left.matmul(policy.Right) + policy.Frozen) / temperature).softmax(1).detach()
            .data<double>().ToArray().Chunk(BigramPolicy.Vocabulary)];
        double[] entropy = [.. table.Select(row => -row.Sum(p => p * Math.Log(p)))];
        return (entropy[0] + table[0].Index().Where(item => item.Index != BigramPolicy.End).Sum(item => item.Item * entropy[item.Index]),
            table[0][BigramPolicy.End]);
    }
}
