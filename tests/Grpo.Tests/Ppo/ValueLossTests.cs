using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Ppo;

public sealed class ValueLossTests : IDisposable
{
    private static readonly LossScale s_fiveTokens = new(LossNormalisation.TokenMean, 5);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Range 0.5. The last place of the second row is padding.
    //   V     0.5   1.0  -1.0 |  2.0   0.0
    //   old   0.4   0.2   0.0 |  1.0   0.1
    //   held  0.5   0.7  -0.5 |  1.5   0.0
    //   want  1.0   1.0   0.5 |  0.0   0.0
    //   free  0.25  0     2.25|  4     0
    //   held  0.25  0.09  1   |  2.25  0      worse in one place of five
    //   max   0.25  0.09  2.25|  4     0      sum 6.59, half of it over 5: 0.659
    //   slope (V - want) / 5 where the free one counts: -0.1, 0 (held), -0.3, 0.4, 0
    [Fact]
    public void The_worse_of_the_free_and_the_held_error_counts()
    {
        (double loss, double[] slopes, StepStats stats) = Compute(range: 0.5, padding: double.NaN);

        Assert.Equal(0.659, loss, 1e-12);
        Same([-0.1, 0, -0.3, 0.4, 0, 0], slopes);
        Assert.Equal((5.0, 1.0, 0.2), (stats.Sums[Metric.ValueClipFraction].Weight, stats.Sums[Metric.ValueClipFraction].Value, stats[Metric.ValueClipFraction]));
        Assert.Equal(0.659, stats.Sums[Metric.ValueLoss].Value, 1e-12);
    }

    // Without a range: (0.25 + 0 + 2.25 + 4 + 0) / 2 / 5.
    [Fact]
    public void Without_a_range_it_is_half_the_mean_square()
    {
        (double loss, double[] slopes, StepStats stats) = Compute(range: 0, padding: 3);

        Assert.Equal(0.65, loss, 1e-12);
        Same([-0.1, 0, -0.3, 0.4, 0, 0], slopes);
        Assert.Equal(0, stats.Sums[Metric.ValueClipFraction].Value);
    }

    [Fact]
    public void Loss_gradient_and_clip_fraction_are_verl_s()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json")));
        JsonElement vectors = file.RootElement.GetProperty("rl").GetProperty("value_loss");
        JsonElement inputs = vectors.GetProperty("inputs"), expected = vectors.GetProperty("verl_token_mean");
        using var values = new Parameter(Matrix(inputs.GetProperty("vpreds")));
        (torch.Tensor loss, StepStats stats) = ValueLoss.Clipped(
            values, Matrix(inputs.GetProperty("old_values")), Matrix(inputs.GetProperty("returns")),
            Matrix(inputs.GetProperty("mask")), inputs.GetProperty("cliprange_value").GetDouble(), s_fiveTokens);
        loss.backward();

        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss.item<double>(), 1e-8);
        Assert.Equal(expected.GetProperty("clipfrac").GetDouble(), stats[Metric.ValueClipFraction], 1e-8);
        Same(Matrix(expected.GetProperty("grad")).data<double>().ToArray(), values.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Shapes_that_would_broadcast_are_refused()
    {
        torch.Tensor wide = torch.zeros(2, 3), one = torch.zeros(2, 1);

        Assert.Equal("values [2, 3], old values [2, 3], returns [2, 1], mask [2, 3] must have the same shape",
            Assert.Throws<ArgumentException>(
                () => ValueLoss.Clipped(wide, wide, one, wide, 0.2, s_fiveTokens)).Message);
    }

    // Returns 1, 2, 6: mean 3, variance (4 + 1 + 9) / 3. Errors of 2, 2, 5: -1, 0, 1 of mean 0, variance 2 / 3.
    [Fact]
    public void Explained_variance_is_one_less_what_is_left()
    {
        Assert.Equal(1 - 2.0 / 14, ValueLoss.ExplainedVariance([2, 2, 5], [1, 2, 6]), 1e-12);
        Assert.Equal(1, ValueLoss.ExplainedVariance([11, 12, 16], [1, 2, 6]), 1e-12);
        Assert.Equal(0, ValueLoss.ExplainedVariance([4, 4, 4], [1, 2, 6]), 1e-12);
        Assert.True(ValueLoss.ExplainedVariance([6, 2, 1], [1, 2, 6]) < -2);
        Assert.Equal(0, ValueLoss.ExplainedVariance([1, 2, 3], [5, 5, 5]));
    }

    // Weights 0 at first; then 2, -1 and bias 0.5: 2 x 3 - 4 + 0.5 and 2 x -1 - 0 + 0.5.
    [Fact]
    public void A_head_predicts_zero_until_it_has_learnt()
    {
        using var head = new ValueHead(2, torch.CPU);
        torch.Tensor states = torch.tensor(new float[] { 3, 4, -1, 0 }).reshape(1, 2, 2).to(torch.ScalarType.BFloat16);
        Assert.Equal([0f, 0f], head.Forward(states).data<float>().ToArray());

        using (torch.no_grad())
        {
            _ = head.Parameters[0].Value.copy_(torch.tensor(new float[] { 2, -1 }).reshape(1, 2));
            _ = head.Parameters[1].Value.copy_(torch.tensor(new[] { 0.5f }));
        }

        Assert.Equal([2.5f, -1.5f], head.Forward(states).data<float>().ToArray());
        Assert.Equal([1L, 2L], head.Forward(states).shape);
        Assert.Equal(["value_head.weight", "value_head.bias"], head.Parameters.Select(parameter => parameter.Name));
    }

    public void Dispose() => _scope.Dispose();

    private static (double Loss, double[] Slopes, StepStats Stats) Compute(double range, double padding)
    {
        using var values = new Parameter(Rows(0.5, 1, -1, 2, 0, padding));
        (torch.Tensor loss, StepStats stats) = ValueLoss.Clipped(
            values, Rows(0.4, 0.2, 0, 1, 0.1, padding), Rows(1, 1, 0.5, 0, 0, padding), Rows(1, 1, 1, 1, 1, 0), range,
            s_fiveTokens);
        loss.backward();
        return (loss.item<double>(), values.grad!.data<double>().ToArray(), stats);
    }

    private static torch.Tensor Rows(params double[] six) => torch.tensor(six).reshape(2, 3);

    private static torch.Tensor Matrix(JsonElement rows) =>
        Rows([.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(x => x.GetDouble()))]);

    private static void Same(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-8);
    }
}
