using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>The numbers that the plan of latent reinforcement writes out: T21 to T23 of the method's test plan.</summary>
public sealed class PlanNumbersTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // T21: -1.5 / (1.290994 + 1e-4) and so on; the deviation is that of n - 1.
    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { -1.161805, -0.387268, 0.387268, 1.161805 })]
    [InlineData(new[] { 0.8, 0.9, 1, 1.1, 0.7, 0.95, 1.05, 0.9 },
        new[] { -0.953975, -0.190795, 0.572385, 1.335565, -1.717154, 0.190795, 0.953975, -0.190795 })]
    [InlineData(new[] { 0.3, 0.3, 0.3 }, new[] { 0.0, 0, 0 })]
    public void Advantages(double[] rewards, double[] expected)
    {
        (double[] values, StepStats metrics) = Updates.Compare(rewards, rewards.Length, new());

        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        if (rewards.Length == 8)
            Assert.Equal((0.925, 0.1309307), (metrics[Metric.Reward], Math.Round(metrics[Metric.RewardStd], 7)));
    }

    // T22: exp(r) - r - 1, whose slope by the policy's log-prob is 1 - exp(r).
    [Theory]
    [InlineData(0.5, 0.148721)]
    [InlineData(-0.5, 0.106531)]
    [InlineData(0.1, 0.00517092)]
    [InlineData(0, 0)]
    public void Divergence(double gap, double expected)
    {
        torch.Tensor policy = torch.tensor([-1.0], requires_grad: true);
        torch.Tensor k3 = Kl.K3(policy, torch.tensor([-1.0 + gap]));
        k3.sum().backward();

        Assert.Equal(expected, k3.item<double>(), 5e-7);
        Assert.Equal(1 - Math.Exp(gap), policy.grad!.item<double>(), 1e-12);
    }

    // T23: A = 1 over two actions and -1 over four, a ratio of 1, at most 8 actions; then 0.01 of k3 where r = 0.5.
    [Theory]
    [InlineData(LossNormalisation.SequenceMean, 0, 0)]
    [InlineData(LossNormalisation.TokenMean, 0, 0.333333)]
    [InlineData(LossNormalisation.Constant, 0, 0.125)]
    [InlineData(LossNormalisation.SequenceMean, 0.01, 0.00148721)]
    [InlineData(LossNormalisation.TokenMean, 0.01, 0.33482055)]
    [InlineData(LossNormalisation.Constant, 0.01, 0.12555770)]
    public void Losses(LossNormalisation kind, double weight, double expected)
    {
        torch.Tensor mask = torch.tensor([1.0, 1, 0, 0, 1, 1, 1, 1]).reshape(2, 4);
        torch.Tensor logProbs = mask * -0.7;
        var batch = new PolicyBatch(logProbs, logProbs, torch.tensor([1.0, -1]), mask, logProbs * 0, logProbs + mask * 0.5);

        double loss = PolicyLoss.Clipped(
            batch, new(0.2, 0.2), LossScale.Of(kind, [2, 4], longest: 8), new(weight, KlEstimator.K3)).Loss.item<double>();

        Assert.Equal(expected, loss, 5e-7);
    }
}
