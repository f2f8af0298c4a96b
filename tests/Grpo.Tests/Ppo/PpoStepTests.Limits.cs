using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Grpo.Tests.Ppo;

public sealed partial class PpoStepTests
{
    [Fact]
    public void Entropy_that_is_rewarded_rises()
    {
        PpoOptions none = s_ppo with { PpoEpochs = 1, Minibatches = 1, WhitenAdvantages = false };
        double[] flat = [.. Enumerable.Repeat(0.0, 12)];

        // Nothing is earned and the critic says 0, so only the entropy can move the policy.
        Assert.All(Moved(none), move => Assert.Equal(0, move));
        Assert.Contains(Moved(none with { EntropyCoef = 0.1 }), move => Math.Abs(move) > 1e-4);

        double[] Moved(PpoOptions ppo)
        {
            using var policy = new BigramFeatures();
            Rollout[] rollouts = policy.Sample(s_prompts, 4, s_options.Sampling, new(1, 1));
            double[] before = policy.Policy.Weights();
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 1);
            Updates.Ppo(policy.Both, optimizer, rollouts, flat, s_options, ppo, 5, 1);
            return [.. policy.Policy.Weights().Zip(before, (a, b) => a - b)];
        }
    }

    // A first step of Adam is as long as its rate in every weight that has a slope: the rows of the end token have none.
    [Fact]
    public void A_critic_that_warms_up_learns_alone_and_leaves_nothing_behind()
    {
        using BigramFeatures policy = Prepare(false, out Rollout[] rollouts, out double[] rewards, out _);
        PpoOptions ppo = s_ppo with { CriticWarmup = 2, EntropyCoef = 0.1, PpoEpochs = 1, Minibatches = 1 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options, ppo);
        double[][] weights = [policy.Policy.Weights(), .. Steps(1, 2, 3)];

        Assert.Equal(weights[0], weights[1]);
        Assert.Equal(weights[0], weights[2]);
        double[] moves = [.. weights[3].Zip(weights[2], (a, b) => Math.Abs(a - b)).Where(move => move != 0)];
        Assert.Equal(27, moves.Length);
        Assert.All(moves, move => Assert.Equal(s_options.LearningRate, move, 1e-3 * s_options.LearningRate));

        double[][] Steps(params long[] steps) =>
        [
            .. steps.Select(step =>
            {
                double[] head = policy.HeadWeights;
                Updates.Ppo(policy.Both, optimizer, rollouts, rewards, s_options, ppo, 5, step);
                Assert.All(policy.HeadWeights.Zip(head), pair => Assert.NotEqual(pair.First, pair.Second));
                return policy.Policy.Weights();
            }),
        ];
    }

    [Fact]
    public void The_step_is_logged_under_names_that_metrics_have()
    {
        StepStats stats = Update(s_options, s_ppo);
        Dictionary<string, double> metrics = new(stats.Metrics());

        Assert.Equal(18, metrics.Count);
        Assert.All(metrics, metric => Assert.True(Metric.IsDefined(metric.Key) && double.IsFinite(metric.Value)));
        Assert.Equal(4, metrics[Metric.Updates]);
        Assert.InRange(stats[Metric.MaxLogProbDiff], 1e-12, 8 * Math.Pow(2, -24));
        Assert.Equal(stats[Metric.ValueLoss], metrics[Metric.ValueLoss]);
        Assert.Equal(stats[Metric.ExplainedVariance], metrics[Metric.ExplainedVariance]);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        using BigramFeatures policy = Prepare(false, out Rollout[] rollouts, out double[] rewards, out _);
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options, s_ppo);
        double[] infinite = [.. rewards[..^1], double.PositiveInfinity];

        Assert.Equal("12 rollouts and 11 scores must be as many", Refusal(rewards[1..], s_ppo));
        Assert.Equal("a reward of prompt p2 is infinite", Refusal(infinite, s_ppo));
        Assert.Equal("a divergence that has a weight needs the reference's log-probs",
            Refusal(rewards, s_ppo with { KlCoef = 0.1 }));
        Assert.Equal("no rollout of the step has an action", Assert.Throws<ArgumentException>(() => Updates.Ppo(policy.Both, optimizer,
            [.. rollouts.Select(rollout => rollout with { Tokens = [], Actions = [], LogProbs = [] })], rewards, s_options, s_ppo, 1, 1)).Message);
        Assert.Equal(
            "error: NumIterations must be 1 in PPO, which makes PpoEpochs passes instead, got 3\n"
            + "   at: NumIterations = 3\n  try: NumIterations = 1",
            Assert.Throws<OptionException>(() => Updates.Ppo(
                policy.Both, optimizer, rollouts, rewards, s_options with { NumIterations = 3 }, s_ppo, 1, 1)).Render());

        string Refusal(double[] given, PpoOptions ppo) => Assert.Throws<ArgumentException>(
            () => Updates.Ppo(policy.Both, optimizer, rollouts, given, s_options, ppo, 1, 1)).Message;
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using BigramFeatures policy = Prepare(true, out Rollout[] rollouts, out double[] rewards, out var reference);
        PpoOptions ppo = s_ppo with { KlCoef = 0.1, EntropyCoef = 0.1 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options, ppo);
        using DisposeScope scope = torch.NewDisposeScope();
        Updates.Ppo(policy.Both, optimizer, rollouts, rewards, s_options, ppo, 1, 1, reference);
        int after = scope.DisposablesCount;
        for (int step = 2; step < 6; step++)
            Updates.Ppo(policy.Both, optimizer, rollouts, rewards, s_options, ppo, 1, step, reference);

        Assert.Equal(after, scope.DisposablesCount);
    }
}
