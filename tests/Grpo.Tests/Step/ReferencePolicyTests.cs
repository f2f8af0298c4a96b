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

    public void Dispose() => _scope.Dispose();
}
