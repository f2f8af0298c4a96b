using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Ppo;

public sealed class EntropyTermTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // All three actions, each as often as the old policy samples it: the mean is the expectation, without any noise. The
    // new policy has moved away, so the ratios are not 1.
    [Fact]
    public void Its_expected_gradient_is_that_of_the_entropy()
    {
        using var logits = new Parameter(torch.tensor(new[] { 0.5, -1, 0.2 }));
        torch.Tensor old = torch.tensor(new[] { -0.3, 0.4, 0.1 }).log_softmax(0);
        torch.Tensor exact = Entropy(logits);
        exact.backward();
        double[] expected = [.. logits.grad!.data<double>()];
        _ = logits.grad!.zero_();

        torch.Tensor now = logits.log_softmax(0);
        torch.Tensor mean = (EntropyTerm.Of(now, old, exact.detach().expand(3)) * old.exp()).sum();
        mean.backward();
        double[] found = [.. logits.grad!.data<double>()];

        Assert.Equal(exact.item<double>(), mean.item<double>(), 1e-12);
        Assert.True(expected.Max(Math.Abs) > 0.1);
        for (int i = 0; i < 3; i++)
            Assert.Equal(expected[i], found[i], 1e-12);
    }

    [Fact]
    public void Shapes_that_would_broadcast_are_refused() =>
        Assert.Throws<ArgumentException>(
            () => EntropyTerm.Of(torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(2, 1)));

    public void Dispose() => _scope.Dispose();

    private static torch.Tensor Entropy(torch.Tensor logits)
    {
        torch.Tensor all = logits.log_softmax(0);
        return -(all.exp() * all).sum();
    }
}
