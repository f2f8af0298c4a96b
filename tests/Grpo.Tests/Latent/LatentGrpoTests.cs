using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.LatentActions;

namespace Vlm.Grpo.Tests.Latent;

/// <summary>What is above the waist works on codes as it does on tokens.</summary>
public sealed class LatentGrpoTests : IDisposable
{
    private static readonly GrpoOptions s_options = new()
    {
        GroupSize = 6,
        PromptsPerStep = 2,
        MaxNewTokens = 5,
        LearningRate = 0.02,
        MaxGradNorm = 0,
        Steps = 10,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void A_step_moves_the_policy_and_nothing_else(string kind)
    {
        LatentPolicy policy = ToyLatent.Policy();
        GrpoOptions options = s_options with { LossAggregation = kind, Beta = 0.05 };
        Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 6, options.Sampling, new(1, 1));
        using var reference = new ReferencePolicy(policy);
        Dictionary<string, float[]> before = ToyLatent.Weights(policy);

        Step(policy, rollouts, options, reference);

        Dictionary<string, float[]> after = ToyLatent.Weights(policy);
        string[] moved = [.. before.Keys.Where(name => !before[name].SequenceEqual(after[name]))];
        Assert.NotEmpty(moved);
        Assert.All(moved, name => Assert.StartsWith("latent.policy.", name));
        Assert.Equal(policy.Trainable.Select(item => item.Name).Order(), moved.Order());
    }

    [Fact]
    public void With_the_final_norm_asked_for_it_moves_too()
    {
        LatentPolicy policy = ToyLatent.Policy(new() { TrainFinalNorm = true });
        Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 6, s_options.Sampling, new(1, 1));
        Dictionary<string, float[]> before = ToyLatent.Weights(policy);

        Step(policy, rollouts, s_options);

        Dictionary<string, float[]> after = ToyLatent.Weights(policy);
        Assert.Equal(["model.text_model.norm.weight"], before.Keys.Where(name =>
            !name.StartsWith("latent.policy.", StringComparison.Ordinal) && !before[name].SequenceEqual(after[name])));
    }

    // T24: a part of a step is divided by what the whole step has, so parts add up whatever the split.
    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void The_split_into_micro_batches_does_not_change_the_update(string kind)
    {
        GrpoOptions options = s_options with { LossAggregation = kind };
        float[][] moves = [.. new[] { 12, 5, 1 }.Select(most => Move(options with { MicroBatchSize = most }))];

        float size = moves[0].Max(Math.Abs);
        Assert.True(size > 1e-3);
        foreach (float[] move in moves[1..])
            Assert.All(moves[0].Zip(move), pair => Assert.Equal(pair.First, pair.Second, 1e-4f * size));

        static float[] Move(GrpoOptions options)
        {
            LatentPolicy policy = ToyLatent.Policy();
            Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 6, options.Sampling, new(1, 1));
            Assert.True(rollouts.Select(rollout => rollout.Actions.Length).Distinct().Count() > 1);
            Dictionary<string, float[]> before = ToyLatent.Weights(policy);
            using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(item => item.Value), 1);
            Updates.Grpo(policy, optimizer, rollouts, Advantages(rollouts), options, 1);
            Dictionary<string, float[]> after = ToyLatent.Weights(policy);
            return [.. policy.Trainable.SelectMany(item => after[item.Name].Zip(before[item.Name], (a, b) => a - b))];
        }
    }

    [Fact]
    public void Old_log_probs_are_those_of_the_update_and_the_reference_is_the_policy_as_it_was()
    {
        LatentPolicy policy = ToyLatent.Policy();
        Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 6, s_options.Sampling, new(1, 1));
        using var reference = new ReferencePolicy(policy);
        float[][] then = ReferencePolicy.Of(policy, rollouts, s_options);

        StepStats stats = Step(policy, rollouts, s_options);
        float[][] now = ReferencePolicy.Of(policy, rollouts, s_options);

        Assert.InRange(stats[Metric.MaxLogProbDiff], 0, 1e-4);
        Assert.Equal(then, reference.LogProbs(rollouts, s_options));
        Assert.NotEqual(then[0], now[0]);
        foreach ((float[] a, float[] b) in rollouts.Select(rollout => rollout.LogProbs).Zip(then))
            Assert.All(a.Zip(b), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    // A filter that holds for the policy may leave the reference without the action, and k3 without a bound.
    [Fact]
    public void Filters_take_no_action_from_the_reference()
    {
        LatentPolicy policy = ToyLatent.Policy();
        Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 6, s_options.Sampling, new(1, 1));
        using var reference = new ReferencePolicy(policy);
        Sampling all = s_options.Sampling;
        foreach (Sampling filter in (Sampling[])[all with { TopK = 2 }, all with { TopP = 0.3 }, all with { MinP = 0.9 }])
        {
            GrpoOptions filtered = s_options with { Sampling = filter };
            Assert.Contains(
                policy.LogProbs(rollouts, filtered.Sampling).LogProbs.data<float>().ToArray(), logProb => logProb < -1e6f);
            Assert.Equal(ReferencePolicy.Of(policy, rollouts, s_options), reference.LogProbs(rollouts, filtered));
            Assert.Equal(ReferencePolicy.Of(policy, rollouts, s_options), ReferencePolicy.Of(policy, rollouts, filtered));
            Assert.All(ReferencePolicy.Of(policy, rollouts, filtered).SelectMany(row => row), logProb => Assert.True(logProb > -100));
        }
    }

    // T26: code 7 is worth 1 and all others 0. Without a bond to the start the policy finds it; a strong one holds it there.
    [Fact]
    public void A_policy_finds_the_code_that_pays()
    {
        float start = Bandit(steps: 0, kl: 0), free = Bandit(steps: 100, kl: 0), bound = Bandit(steps: 100, kl: 50);

        Assert.InRange(start, 0.001f, 0.5f);
        Assert.InRange(free, 0.9f, 1);
        Assert.InRange(bound, start - 0.15f, start + 0.15f);
    }

    private static float Bandit(int steps, double kl)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        LatentPolicy policy = ToyLatent.Policy();
        GrpoOptions options = s_options with { MaxNewTokens = 1, GroupSize = 24, Beta = kl, Steps = 1000 };
        using var reference = new ReferencePolicy(policy);
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        for (int step = 1; step <= steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            Rollout[] rollouts = policy.Sample(ToyLatent.Prompts[..1], 24, options.Sampling, new(1, step));
            double[] rewards = [.. rollouts.Select(rollout => rollout.Actions[0] == 7 ? 1.0 : 0)];
            double mean = rewards.Average();
            double[] advantages = [.. rewards.Select(reward => reward - mean)];
            Updates.Grpo(
                policy, optimizer, rollouts, advantages, options, step, kl > 0 ? reference.LogProbs(rollouts, options) : null);
        }

        Rollout seven = new(ToyLatent.Prompts[0], 0, [5], [7], [0], "", StopReason.Length);
        return MathF.Exp(ReferencePolicy.Of(policy, [seven], options)[0][0]);
    }

    private static StepStats Step(LatentPolicy policy, Rollout[] rollouts, GrpoOptions options, ReferencePolicy? reference = null)
    {
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        return Updates.Grpo(
            policy, optimizer, rollouts, Advantages(rollouts), options, 1, reference?.LogProbs(rollouts, options));
    }

    // Even codes are good: a reward that the codes themselves tell, with spread in both groups.
    private static double[] Advantages(Rollout[] rollouts) =>
        [.. rollouts.Select(rollout => rollout.Actions.Average(code => code % 2 == 0 ? 1.0 : -1) + 0.01 * rollout.Member)];
}
