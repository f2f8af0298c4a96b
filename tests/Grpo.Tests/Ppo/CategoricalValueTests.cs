using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Ppo;

public sealed class CategoricalValueTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Bins -1 -0.5 0 0.5 1: 0.3 + 0.9 x 0 lies at 0.3, 0.6 of the way from 0 to 0.5.
    [Fact]
    public void A_return_between_two_bins_is_shared_by_them()
    {
        double[] projected = CategoricalValue.Project([0, 0, 1, 0, 0], 0.3, 0.9, 1);

        Same([0, 0, 0.4, 0.6, 0], projected);
        Assert.Equal(0.3, projected.Zip([-1, -0.5, 0, 0.5, 1.0], (p, z) => p * z).Sum(), 1e-12);
        Same([0, 0, 0.4, 0.6, 0], CategoricalValue.Target(torch.tensor(new[] { 0.3 }), 5, 1).data<double>());
    }

    // Mass 0.2 x 5, reward 0.1, gamma 0.5: places -0.4 -0.15 0.1 0.35 0.6, and sums stay.
    [Fact]
    public void Projection_keeps_the_mass_and_what_is_beyond_the_range_goes_to_its_end()
    {
        double[] spread = CategoricalValue.Project([0.2, 0.2, 0.2, 0.2, 0.2], 0.1, 0.5, 1);

        Assert.Equal(1, spread.Sum(), 1e-12);
        Assert.Equal(0.1, spread.Zip([-1, -0.5, 0, 0.5, 1.0], (p, z) => p * z).Sum(), 1e-12);
        Same([0, 0, 0, 0, 1], CategoricalValue.Project([0.5, 0, 0, 0, 0.5], 7, 1, 1));
        Same([1, 0, 0, 0, 0], CategoricalValue.Project([0.5, 0, 0, 0, 0.5], -7, 1, 1));
        Same([0, 0, 0, 0, 1, 1, 0, 0, 0, 0], CategoricalValue.Target(torch.tensor(new[] { 9.0, -9 }), 5, 1).data<double>());
    }

    // Uniform logits: value 0 and loss log 5. Two actions of three; NaN in the padding reaches neither value nor slope.
    [Fact]
    public void The_loss_is_the_cross_entropy_of_the_actions_and_its_slope_that_of_finite_differences()
    {
        double[] start = [0.3, -0.2, 0.5, 0.1, 0, 1, 0, -1, 0.4, 0.2, double.NaN, 0, 0, 0, 0];
        using var logits = new Parameter(torch.tensor(start).reshape(1, 3, 5));
        Loss(logits).backward();
        double[] slopes = [.. logits.grad!.data<double>()];

        for (int i = 0; i < 10; i++)
            Assert.Equal((Value(i, 1e-6) - Value(i, -1e-6)) / 2e-6, slopes[i], 1e-8);
        Assert.All(slopes[10..], slope => Assert.Equal(0, slope));
        Assert.All(slopes, slope => Assert.InRange(Math.Abs(slope), 0, 0.5));
        Assert.Equal(Math.Log(5), CategoricalValue.Loss(
            torch.zeros(1, 1, 5, dtype: torch.ScalarType.Float64), torch.tensor(new[] { 0.3 }).reshape(1, 1),
            torch.ones(1, 1, dtype: torch.ScalarType.Float64), 1, new(Aggregation.TokenMean, 1)).Loss.item<double>(), 1e-12);

        double Value(int at, double by)
        {
            double[] moved = [.. start];
            moved[at] += by;
            return Loss(torch.tensor(moved).reshape(1, 3, 5)).item<double>();
        }
    }

    [Fact]
    public void A_head_of_bins_begins_at_zero_and_learns_the_return()
    {
        using var head = new ValueHead(2, torch.CPU, torch.ScalarType.Float64, outputs: 11);
        torch.Tensor states = torch.tensor(new[] { 1.0, 0, 0, 1 }).reshape(1, 2, 2),
            returns = torch.tensor(new[] { 0.37, -0.8 }).reshape(1, 2);
        torch.Tensor mask = torch.ones(1, 2, dtype: torch.ScalarType.Float64);
        Assert.Equal([1L, 2, 11], head.Forward(states).shape);
        Same([0, 0], CategoricalValue.Mean(head.Forward(states), 1).detach().data<double>());

        using Adam optimizer = torch.optim.Adam(head.Parameters.Select(one => one.Value), 0.1);
        for (int step = 0; step < 300; step++)
        {
            optimizer.zero_grad();
            CategoricalValue.Loss(head.Forward(states), returns, mask, 1, new(Aggregation.TokenMean, 2)).Loss.backward();
            _ = optimizer.step();
        }

        double[] found = [.. CategoricalValue.Mean(head.Forward(states), 1).detach().data<double>()];
        Assert.Equal(0.37, found[0], 0.02);
        Assert.Equal(-0.8, found[1], 0.02);
    }

    public void Dispose() => _scope.Dispose();

    private static torch.Tensor Loss(torch.Tensor logits) => CategoricalValue.Loss(
        logits, torch.tensor(new[] { 0.3, -0.9, double.NaN }).reshape(1, 3), torch.tensor(new[] { 1.0, 1, 0 }).reshape(1, 3), 1,
        new(Aggregation.TokenMean, 2)).Loss;

    private static void Same(IEnumerable<double> expected, IEnumerable<double> found)
    {
        Assert.Equal(expected.Count(), found.Count());
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
