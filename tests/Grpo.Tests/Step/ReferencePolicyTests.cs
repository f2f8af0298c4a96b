using TorchSharp;

namespace Vlm.Grpo.Tests.Step;

public sealed class ReferencePolicyTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Fact]
    public void It_answers_as_the_policy_was_and_leaves_the_policy_as_it_is()
    {
        using var policy = new BigramPolicy();
        var options = new GrpoOptions { MaxNewTokens = 5 };
        Rollout[] rollouts = policy.Sample([BigramPolicy.Prompt("p", 2)], 6, options.Sampling, new(3, 1));
        float[][] then = ReferencePolicy.Of(policy, rollouts, options);
        using var reference = new ReferencePolicy(policy);
        using (torch.no_grad())
            policy.Left.add_(torch.tensor(0.5) * policy.Left);
        double[] moved = policy.Weights();

        float[][] now = ReferencePolicy.Of(policy, rollouts, options);
        Assert.Equal(then, reference.LogProbs(rollouts, options));
        Assert.NotEqual(then[0], now[0]);
        Assert.Equal(moved, policy.Weights());
        Assert.Equal(
            rollouts.Select(rollout => rollout.LogProbs), then,
            (a, b) => a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5));
    }

    [Fact]
    public void The_policy_gets_its_weights_back_when_the_reference_fails()
    {
        using var policy = new BigramPolicy();
        using var reference = new ReferencePolicy(policy);
        using (torch.no_grad())
            policy.Left.add_(policy.Left);
        double[] moved = policy.Weights();
        Rollout broken = SupervisedUpdate.Target(BigramPolicy.Prompt("p", 99), [1]);

        Assert.ThrowsAny<Exception>(() => reference.LogProbs([broken], new()));
        Assert.Equal(moved, policy.Weights());
    }

    // 0.6 of the policy and 0.4 of what the reference was, after the steps that 2 divides; written and read back bit by bit.
    [Fact]
    public void It_moves_towards_the_policy_and_is_written_where_it_has_moved()
    {
        using var policy = new BigramPolicy();
        using var start = new BigramPolicy();
        using var mixed = new BigramPolicy();
        using var reference = new ReferencePolicy(policy);
        using (torch.no_grad())
        {
            policy.Left.mul_(torch.tensor(3.0));
            mixed.Left.mul_(torch.tensor(0.6 * 3 + 0.4));
        }

        var options = new GrpoOptions
        {
            MaxNewTokens = 5,
            Beta = 0.1,
            Regularizer = new() { ReferenceSyncSteps = 2, ReferenceMixup = 0.6 },
        };
        Rollout[] rollouts = policy.Sample([BigramPolicy.Prompt("p", 2)], 6, options.Sampling, new(3, 1));
        float[][] before = ReferencePolicy.Of(start, rollouts, options), after = ReferencePolicy.Of(mixed, rollouts, options);
        reference.RefreshIfDue(1, options.Regularizer);
        Assert.Equal(before, reference.LogProbs(rollouts, options));
        reference.RefreshIfDue(2, options.Regularizer);
        Assert.All(after.SelectMany(row => row).Zip(reference.LogProbs(rollouts, options).SelectMany(row => row)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6f));

        string folder = Directory.CreateTempSubdirectory("vlm-reference-").FullName;
        try
        {
            using var resumed = new ReferencePolicy(start);
            resumed.Read(folder, new());
            Assert.Equal(before, resumed.LogProbs(rollouts, options));
            Assert.Equal(Path.Combine(folder, "reference.safetensors"),
                Assert.Throws<UsageException>(() => resumed.Read(folder, options.Regularizer)).Where);
            reference.Write(folder);
            resumed.Read(folder, options.Regularizer);
            Assert.Equal(reference.LogProbs(rollouts, options), resumed.LogProbs(rollouts, options));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Weights of an objective that move are part of a checkpoint; a folder without them is refused, where one moves.
    [Fact]
    public void What_the_objective_has_become_is_read_back()
    {
        var options = new GrpoOptions { Beta = 0.1, Regularizer = new() { KlTarget = 0.01, EntropyTarget = 0.5 } };
        string folder = Directory.CreateTempSubdirectory("vlm-objective-").FullName;
        try
        {
            Assert.Equal(new ObjectiveState(0.1, 0, null), ObjectiveState.Load(null, options));
            Assert.Equal(new ObjectiveState(0, 0, null), ObjectiveState.Load(folder, new GrpoOptions()));
            Assert.Throws<UsageException>(() => ObjectiveState.Load(folder, options));
            ObjectiveState state = ObjectiveState.Start(options)
                .After(StepStats.Of((Metric.Kl, 0.5, 1), (Metric.Entropy, 0.3, 1)), 1000, options);
            state.Write(folder, options);
            Assert.Equal(state, ObjectiveState.Load(folder, options));
            Assert.Equal(0.1 * 1.02, state.Of(options).Beta, 1e-12);
            Assert.Equal(0.005, state.Of(options).Regularizer.EntropyBonus, 1e-12);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Assert.Equal("KlTarget is of the grpo recipe and GrpoSession alone, got 0.01",
            Assert.Throws<OptionException>(() => ObjectiveState.Refuse(options)).Message);
        ObjectiveState.Refuse(new GrpoOptions());
    }

    public void Dispose() => _scope.Dispose();
}
