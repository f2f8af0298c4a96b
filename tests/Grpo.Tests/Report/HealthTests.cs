using Vlm.Grpo.Reports;

namespace Vlm.Grpo.Tests.Report;

/// <summary>Each rule on metrics that break it and on metrics that do not.</summary>
public class HealthTests
{
    [Theory]
    [InlineData(Metric.Entropy, 0.6, 0.05, "Entropy collapse")]
    [InlineData(Metric.Entropy, 0.8, 2.5, "Entropy explosion")]
    [InlineData(Metric.FracRewardZeroStd, 0.2, 0.9, "Mostly zero-variance groups")]
    [InlineData(Metric.Truncated, 0, 0.4, "Truncated answers")]
    [InlineData(Metric.GradNorm, 2, 40, "Large gradients")]
    [InlineData(Metric.ClipFraction, 0.01, 0.5, "Much clipping")]
    [InlineData(Metric.FracUnscored, 0, 0.5, "Answers that could not be scored")]
    [InlineData(Metric.Reward, 0.6, 0.3, "Falling reward")]
    [InlineData(Metric.Kl, 0.5, 20, "Far from the reference")]
    [InlineData("latent/used_codes", 30, 3, "Codebook collapse")]
    public void A_run_that_goes_wrong_is_told_and_what_to_try(string metric, double first, double last, string title)
    {
        Finding found = Assert.Single(Of(metric, first, last), finding => finding.IsProblem);
        Assert.Equal(title, found.Title);
        Assert.StartsWith(FormattableString.Invariant($"{metric}: {first:0.###} in the first steps, {last:0.###} in the last; "), found.Found, StringComparison.Ordinal);
        Assert.NotEmpty(found.Try);
    }

    [Theory]
    [InlineData(Metric.Entropy, 0.61, 0.28)]
    [InlineData(Metric.FracRewardZeroStd, 0.19, 0.48)]
    [InlineData(Metric.Truncated, 0.02, 0.01)]
    [InlineData(Metric.GradNorm, 0.93, 1.07)]
    [InlineData(Metric.Reward, 0.42, 0.59)]
    public void The_quickstart_is_healthy(string metric, double first, double last)
    {
        IReadOnlyList<Finding> found = Of(metric, first, last);
        Assert.NotEmpty(found);
        Assert.DoesNotContain(found, finding => finding.IsProblem);
    }

    [Theory]
    [InlineData(5e-5, false)]
    [InlineData(0.5, true)]
    public void Sampler_and_trainer_may_differ_by_rounding_alone(double difference, bool problem) =>
        Assert.Equal(problem, Assert.Single(Of(Metric.MaxLogProbDiff, 0, difference)).IsProblem);

    [Theory]
    [InlineData(0.3, true)]
    [InlineData(0.9, false)]
    public void Learned_and_gold_reward_that_part_are_told(double gold, bool part)
    {
        var series = new Dictionary<string, Series>
        {
            ["eval/reward"] = new("eval/reward", [(10, 0.2), (20, 0.5), (30, 0.8), (40, 0.9)]),
            ["eval/gold"] = new("eval/gold", [(10, 0.2), (20, 0.6), (30, gold), (40, gold)]),
        };

        Finding found = Assert.Single(Health.Of("nowhere", series));
        Assert.Equal(part, found.IsProblem);
        Assert.Equal(part, found.Found.Contains("from step 30 on", StringComparison.Ordinal));
        Assert.Contains("gold reward", Health.GoldPlot("nowhere", series), StringComparison.Ordinal);
    }

    // Ten steps at the first number, ten at the last: a tenth is five at least.
    private static IReadOnlyList<Finding> Of(string metric, double first, double last) => Health.Of("nowhere", new Dictionary<string, Series>
    {
        [metric] = new(metric, [.. Enumerable.Range(1, 20).Select(step => ((long)step, step <= 10 ? first : last))]),
    });
}
