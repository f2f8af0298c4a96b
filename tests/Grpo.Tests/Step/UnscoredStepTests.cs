using TorchSharp;
using Vlm.Grpo.Tests.Ppo;

namespace Vlm.Grpo.Tests.Step;

/// <summary>A step of which nothing could be scored teaches nothing, whatever the method: no advantage, no NaN, no crash.</summary>
public sealed class UnscoredStepTests : IDisposable
{
    private static readonly Prompt[] s_prompts = [BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)];
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string, bool> Methods => [.. from estimator in AdvantageEstimator.Table.Names
        where !estimator.StartsWith("test", StringComparison.Ordinal) from whiten in new[] { false, true } select (estimator, whiten)];

    // kl-cov charges |log-ratio|, whose slope is a sign, of a rounding error too: the sampler's log-probs are float32.
    public static TheoryData<string> Surrogates => [.. SurrogateLoss.Table.Names.Where(
        name => name != SurrogateLoss.KlCov && !name.StartsWith("test", StringComparison.Ordinal))];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void No_estimator_makes_an_advantage_of_it(string estimator, bool whiten)
    {
        using var policy = new BigramPolicy();
        Batch batch = Unscored(policy).WithBaselines([double.NaN, double.NaN]);
        foreach (RewardAggregation way in Enum.GetValues<RewardAggregation>())
            Assert.All(GroupAdvantage.Estimate(batch, new() { Estimator = estimator, WhitenTokens = whiten, Aggregation = way }),
                sample => Assert.True(sample.Advantage.IsZero));
    }

    [Theory]
    [MemberData(nameof(Surrogates))]
    public void No_surrogate_moves_a_weight_by_it(string surrogate)
    {
        using var policy = new BigramPolicy();
        double[] before = policy.Weights();
        string kind = SurrogateLoss.Table[surrogate].Aggregations is [var only, ..] ? only : Aggregation.TokenMean;
        var options = new GrpoOptions { Surrogate = surrogate, LossAggregation = kind, DualClip = 3, MaxNewTokens = 6 };
        using var optimizer = torch.optim.SGD(policy.Trainable.Select(item => item.Value), 1);

        StepStats stats = GrpoUpdate.Apply(policy, optimizer, GroupAdvantage.Estimate(Unscored(policy), options.Advantage), options, 1);

        Assert.True(double.IsFinite(stats[Metric.Loss]));
        Assert.All(before.Zip(policy.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Fact]
    public void PPO_moves_nothing_by_it_either()
    {
        using var policy = new BigramFeatures();
        double[] before = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        using var optimizer = torch.optim.SGD(policy.Both.Trainable.Select(item => item.Value), 1);
        Rollout[] rollouts = policy.Sample(s_prompts, 4, new Sampling { MaxNewTokens = 6 }, new(1, 1));

        StepStats stats = Updates.Ppo(policy.Both, optimizer, rollouts, [.. rollouts.Select(_ => double.NaN)],
            new GrpoOptions { MaxNewTokens = 6 }, new PpoOptions(), 1, 1);

        Assert.Equal((0.0, 0.0, 0.0), (stats[Metric.Loss], stats[Metric.ValueLoss], stats[Metric.Updates]));
        double[] after = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        Assert.Equal(before, after);
    }

    private static Batch Unscored(BigramPolicy policy)
    {
        Rollout[] rollouts = policy.Sample(s_prompts, 4, new Sampling { MaxNewTokens = 6 }, new(1, 1));
        return Updates.Scored(rollouts, [.. rollouts.Select(_ => double.NaN)]);
    }
}
