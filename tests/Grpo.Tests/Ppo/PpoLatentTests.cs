using TorchSharp;
using Vlm.Engine;
using Vlm.Grpo.Tests.Latent;
using Vlm.LatentActions;

namespace Vlm.Grpo.Tests.Ppo;

/// <summary>PPO asks only for features, so codes are as good to it as tokens.</summary>
public sealed class PpoLatentTests : IDisposable
{
    private static readonly GrpoOptions s_options =
        new() { GroupSize = 8, PromptsPerStep = 2, MaxNewTokens = 4, LearningRate = 0.01, Steps = 12 };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Fact]
    public void A_code_that_is_rewarded_becomes_likely_and_only_policy_and_head_move()
    {
        LatentPolicy codes = ToyLatent.Policy();
        using var head = new ValueHead(codes.FeatureWidth, torch.CPU);
        var policy = new ActorCritic(codes, head);
        var ppo = new PpoOptions { ValueLearningRate = 0.02 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy, s_options, ppo);
        Dictionary<string, float[]> before = ToyLatent.Weights(codes);
        double first = 0, last = 0;
        for (int step = 1; step <= s_options.Steps; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Rollout[] rollouts = policy.Sample(ToyLatent.Prompts, 8, s_options.Sampling, new(3, step));
            double[] rewards =
                [.. rollouts.Select(r => r.Actions.Count(code => code < 4) / (double)r.Actions.Length)];
            StepStats stats = Updates.Ppo(policy, optimizer, rollouts, rewards, s_options, ppo, seed: 3, step);
            Assert.InRange(stats[Metric.MaxLogProbDiff], 0, 1e-4);
            (first, last) = (step == 1 ? rewards.Average() : first, rewards.Average());
        }

        Assert.True(last > first + 0.3, $"from {first} to {last}");
        Dictionary<string, float[]> after = ToyLatent.Weights(codes);
        Assert.Equal(
            codes.Trainable.Select(item => item.Name).Order(),
            before.Keys.Where(name => !before[name].SequenceEqual(after[name])).Order());
        Assert.All(head.Parameters, item => Assert.NotEqual(0, item.Value.abs().sum().item<float>()));
    }

    public void Dispose() => _scope.Dispose();
}
