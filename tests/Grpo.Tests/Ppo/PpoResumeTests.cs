using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Grpo.Tests.Step;

namespace Vlm.Grpo.Tests.Ppo;

public sealed class PpoResumeTests : IDisposable
{
    private static readonly GrpoOptions s_options = new() { MaxNewTokens = 5, LearningRate = 0.03, Steps = 6 };

    private static readonly PpoOptions s_ppo =
        new() { Epochs = 2, Minibatches = 2, ValueLearningRate = 0.01 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-ppo-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Fact]
    public void A_resumed_run_reaches_the_weights_of_one_that_was_not_interrupted_head_included()
    {
        using BigramFeatures whole = new(), first = new(), second = new();
        using FusedAdamW one = Optimizer(whole), two = Optimizer(first), three = Optimizer(second);
        Train(whole, one, 1, 6);
        Train(first, two, 1, 3);
        string folder = Path.Combine(_folder.FullName, "step-3");
        TrainingCheckpoint.Save(folder, TrainingState.At(3, 9, s_options), first.Both, two,
            inner => SafetensorsWriter.Write(
                Path.Combine(inner, "weights.safetensors"),
                first.Both.Trainable.Select(parameter => (parameter.Name, (torch.Tensor)parameter.Value))));

        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "weights.safetensors")))
        using (torch.no_grad())
            foreach ((string name, Parameter value) in second.Both.Trainable)
                _ = value.copy_(file.Load(name, torch.CPU));
        using (SafetensorsFile moments = SafetensorsFile.Open(Path.Combine(folder, "optimizer.safetensors")))
            Assert.Equal([1L, 3L], moments.Entries["value_head.weight.exp_avg"].Shape);
        Assert.Equal(3, TrainingCheckpoint.Load(folder, second.Both, three).Step);
        Train(second, three, 4, 6);

        Assert.Equal(whole.Policy.Weights(), second.Policy.Weights());
        Assert.Equal(whole.HeadWeights, second.HeadWeights);
        Assert.NotEqual(first.HeadWeights, second.HeadWeights);
    }

    // Two rates, one schedule: at step 2 of a warm-up of 3 each group has half of its own.
    [Fact]
    public void The_critic_has_a_rate_of_its_own_on_the_same_schedule()
    {
        using var policy = new BigramFeatures();
        using FusedAdamW optimizer = Optimizer(policy);
        GrpoOptions options = s_options with { Warmup = 3 };
        Rollout[] rollouts = Rollouts(policy, 2);
        Updates.Ppo(policy.Both, optimizer, rollouts, Rewards(rollouts), options, s_ppo, 9, 2);

        Assert.Equal([0.015, 0.005], optimizer.ParamGroups.Select(group => group.LearningRate));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private static FusedAdamW Optimizer(BigramFeatures policy) => PpoUpdate.Optimizer(policy.Both, s_options, s_ppo);

    private static void Train(BigramFeatures policy, FusedAdamW optimizer, int from, int to)
    {
        for (int step = from; step <= to; step++)
        {
            Rollout[] rollouts = Rollouts(policy, step);
            Updates.Ppo(policy.Both, optimizer, rollouts, Rewards(rollouts), s_options, s_ppo, 9, step);
        }
    }

    private static Rollout[] Rollouts(BigramFeatures policy, int step) => policy.Both.Sample(
        [BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)], 4, s_options.Sampling, new(9, step));

    private static double[] Rewards(Rollout[] rollouts) =>
        [.. rollouts.Select(rollout => (double)rollout.Actions.Count(action => action == 3))];
}
