using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

public sealed class CrossEntropyTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // -(ln 0.5 + ln 0.25 + ln 0.125) / 6 = 6 ln 2 / 6: three tokens here, six in the whole step. Padding holds NaN.
    [Fact]
    public void It_is_the_mean_surprise_over_the_tokens_of_the_whole_step()
    {
        torch.Tensor p = torch.tensor(new[] { 0.5, 0.25, 0.125, double.NaN }).reshape(2, 2).requires_grad_();
        torch.Tensor mask = torch.tensor(new[] { 1.0, 1, 1, 0 }).reshape(2, 2);
        torch.Tensor entropy = torch.tensor(new[] { 0.1, 0.2, 0.6, 0 }).reshape(2, 2);
        (torch.Tensor loss, StepStats stats) = CrossEntropy.Compute(new(p.log(), entropy, mask), weights: [1 / 6.0, 1 / 6.0]);
        loss.backward();

        Assert.Equal(Math.Log(2), loss.item<double>(), 1e-12);
        Assert.Equal((3, 0.3), (stats.Sums[Metric.Entropy].Weight, Math.Round(stats[Metric.Entropy], 12)));
        double[] slopes = [.. p.grad!.flatten().data<double>()];
        Assert.All(
            slopes.Take(3).Zip([-2 / 6.0, -4 / 6.0, -8 / 6.0]), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
    }

    // The first row's two tokens count 0.3 each, the second's one token 0.1: 0.3 (1 + 2) ln 2 + 0.1 * 3 ln 2.
    [Fact]
    public void Each_row_counts_as_much_as_it_is_given()
    {
        torch.Tensor p = torch.tensor(new[] { 0.5, 0.25, 0.125, double.NaN }).reshape(2, 2);
        torch.Tensor mask = torch.tensor(new[] { 1.0, 1, 1, 0 }).reshape(2, 2);
        (torch.Tensor loss, _) = CrossEntropy.Compute(new(p.log(), torch.zeros_like(mask), mask), weights: [0.3, 0.1]);

        Assert.Equal(1.2 * Math.Log(2), loss.item<double>(), 1e-12);
    }

    // The first row's first token is given: left are ln 4 and ln 8, half each.
    [Fact]
    public void Given_tokens_do_not_count()
    {
        torch.Tensor p = torch.tensor(new[] { 0.5, 0.25, 0.125, double.NaN }).reshape(2, 2);
        torch.Tensor mask = torch.tensor(new[] { 1.0, 1, 1, 0 }).reshape(2, 2);
        (torch.Tensor loss, StepStats stats) = CrossEntropy.Compute(
            new(p.log(), torch.ones_like(mask), mask), weights: [0.5, 0.5], given: [1, 0]);

        Assert.Equal(2.5 * Math.Log(2), loss.item<double>(), 1e-12);
        Assert.Equal((2, 1), (stats.Sums[Metric.Entropy].Weight, stats[Metric.Entropy]));
    }

    public void Dispose() => _scope.Dispose();
}
