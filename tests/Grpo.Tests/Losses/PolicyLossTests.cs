using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

public sealed class PolicyLossTests : IDisposable
{
    private const double Precise = 1e-12;
    private static readonly ClipRange s_clip = new(Low: 0.2, High: 0.28);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // A = +1. Columns are tokens; the last is padding, and would swamp the mean if it were counted.
    //   old p     0.50   0.20   0.20   0.40 | 0.10
    //   new p     0.50   0.30   0.40   0.20 | 0.90
    //   ratio     1.00   1.50   2.00   0.50 | 9.00      sum 5.00 over 4
    //   clipped   1.00   1.28   1.28   0.80 |
    //   min * A   1.00   1.28   1.28   0.50 |        sum 4.06 over 4 tokens, 2 of them held
    [Fact]
    public void A_good_completion_is_held_back_only_from_above()
    {
        (double loss, StepStats stats) = Compute(advantage: +1);

        Assert.Equal(-4.06 / 4, loss, Precise);
        Assert.Equal(2.0 / 4, stats[Metric.ClipFractionHigh], Precise);
        Assert.Equal(0, stats[Metric.ClipFractionLow]);
        Assert.Equal(5.0 / 4, stats[Metric.RatioMean], Precise);
        Assert.Equal(4, stats.Sums[Metric.Entropy].Weight);
        Assert.Equal(Math.Log(2), stats[Metric.MaxLogProbDiff], Precise);
    }

    // A = -1, the same ratios: now 0.50 is held at 0.80, and 1.50 and 2.00 run free.
    //   min * A  -1.00  -1.50  -2.00  -0.80 |        sum -5.30 over 4 tokens, 1 of them held
    [Fact]
    public void A_bad_completion_is_held_back_only_from_below()
    {
        (double loss, StepStats stats) = Compute(advantage: -1);

        Assert.Equal(5.30 / 4, loss, Precise);
        Assert.Equal(1.0 / 4, stats[Metric.ClipFractionLow], Precise);
        Assert.Equal(0, stats[Metric.ClipFractionHigh]);
    }

    // A = -1 with a dual clip of 1.4: 1.50 and 2.00 count 1.40 against it. -1.00 -1.40 -1.40 -0.80 = -4.60
    [Fact]
    public void A_dual_clip_bounds_what_counts_against_a_bad_completion()
    {
        Assert.Equal(4.60 / 4, Compute(advantage: -1, s_clip with { Dual = 1.4 }).Loss, Precise);
        Assert.Equal(-4.06 / 4, Compute(advantage: +1, s_clip with { Dual = 1.4 }).Loss, Precise);
    }

    // Gradient of -min(ratio A, held A) / 4 by the log-prob: -ratio A / 4 where free, 0 where held or padding.
    [Fact]
    public void Held_actions_and_padding_have_no_gradient()
    {
        torch.Tensor now = New().requires_grad_();
        PolicyLoss.Compute(Batch(now, +1), s_clip, new(Aggregation.TokenMean, 4)).Loss.backward();

        Assert.All(
            Numbers(now.grad!).Zip([-1.0 / 4, 0, 0, -0.5 / 4, 0]),
            pair => Assert.Equal(pair.Second, pair.First, Precise));
    }

    // Two completions: ratios 1.1 1.2 1.0 with A = 2, ratio 0.9 alone with A = -1; all free.
    //   terms -2.2 -2.4 -2.0 | 0.9        token mean -5.7 / 4, sequence mean (-6.6 / 3 + 0.9) / 2, constant -5.7 / 20
    [Theory]
    [InlineData(Aggregation.TokenMean, 4, -5.7 / 4)]
    [InlineData(Aggregation.SeqMeanTokenMean, 2, (-6.6 / 3 + 0.9) / 2)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm, 20, -5.7 / 20)]
    public void Each_normalisation_weighs_completions_in_its_way(
        string kind, double divisor, double expected)
    {
        LossScale scale = LossScale.Of(kind, [3, 1], longest: 10);
        torch.Tensor zero = Tensor(new double[3, 3]);
        torch.Tensor mask = Tensor(new double[,] { { 1, 1, 1 }, { 1, 0, 0 }, { 0, 0, 0 } });
        var now = Tensor(new[,] { { 1.1, 1.2, 1.0 }, { 0.9, 7, 7 }, { 7, 7, 7 } }).log();
        var batch = new PolicyBatch(now, zero, torch.tensor(new[] { 2.0, -1, 5 }), mask);

        Assert.Equal(divisor, scale.Divisor);
        Assert.Equal(expected, PolicyLoss.Compute(batch, s_clip, scale).Loss.item<double>(), Precise);
    }

    [Fact]
    public void A_completion_without_actions_does_not_count_in_the_mean_over_completions()
    {
        Assert.Equal(2, LossScale.Of(Aggregation.SeqMeanTokenMean, [3, 0, 1], 10).Divisor);
        Assert.Equal(30, LossScale.Of(Aggregation.SeqMeanTokenSumNorm, [3, 0, 1], 10).Divisor);
    }

    [Fact]
    public void An_advantage_may_be_given_for_each_action()
    {
        torch.Tensor a = Tensor(new[,] { { 1.0, -1, 1, -1, 9 } });
        (torch.Tensor loss, _) = PolicyLoss.Compute(
            Batch(New(), 1) with { Advantages = a }, s_clip, new(Aggregation.TokenMean, 4));

        // 1.00 - 1.50 + 1.28 - 0.80 = -0.02
        Assert.Equal(0.02 / 4, loss.item<double>(), Precise);
    }

    [Fact]
    public void What_padding_holds_reaches_neither_loss_nor_gradient()
    {
        torch.Tensor dirty = New();
        dirty[0, 4] = torch.tensor(double.NaN);
        torch.Tensor now = dirty.requires_grad_();
        torch.Tensor old = Old();
        old[0, 4] = torch.tensor(double.NegativeInfinity);
        PolicyBatch batch = Batch(now, +1) with { Old = old, Reference = dirty.detach(), Entropy = dirty.detach() };
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
            batch, s_clip, new(Aggregation.SeqMeanTokenMean, 1), new(0.5));
        loss.backward();

        Assert.Equal(-4.06 / 4, loss.item<double>(), Precise);
        Assert.True(double.IsFinite(stats[Metric.MaxLogProbDiff] + stats[Metric.Kl] + stats[Metric.Entropy]));
        Assert.All(Numbers(now.grad!), value => Assert.True(double.IsFinite(value)));
    }

    // New against old is a gap of 30 nats: the ratio is held at e^20 and the loss stays finite in single precision.
    [Fact]
    public void A_log_ratio_of_any_size_gives_a_finite_loss()
    {
        torch.Tensor now = torch.tensor(new[] { 0f, -200f }).reshape(1, 2).requires_grad_();
        torch.Tensor old = torch.tensor(new[] { -200f, 0f }).reshape(1, 2);
        var batch = new PolicyBatch(now, old, torch.tensor(new[] { -1f }), torch.ones(1, 2));
        (torch.Tensor loss, _) = PolicyLoss.Compute(batch, s_clip, new(Aggregation.TokenMean, 2));

        Assert.Equal((Math.Exp(20) + 0.8) / 2, loss.item<float>(), Math.Exp(20) * 1e-6);
    }

    // k3 of ln 2 and of -ln 2: (2 - ln 2 - 1) and (0.5 + ln 2 - 1): 0.306853 and 0.193147, sum exactly 0.5.
    [Fact]
    public void The_divergence_joins_the_loss_with_its_weight()
    {
        torch.Tensor now = Tensor(new[,] { { 0.2, 0.4 } }).log(), reference = Tensor(new[,] { { 0.4, 0.2 } }).log();
        var batch = new PolicyBatch(
            now, now, torch.tensor(new[] { 3.0 }), torch.ones_like(now),
            Entropy: Tensor(new[,] { { 0.25, 0.5 } }), reference);
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
            batch, s_clip, new(Aggregation.TokenMean, 2), new KlTerm(0.1));

        Assert.Equal(-3 + 0.1 * 0.25, loss.item<double>(), Precise);
        Assert.Equal(-3, stats.Sums[Metric.PolicyLoss].Value, Precise);
        Assert.Equal(0.25, stats[Metric.Kl], Precise);
        Assert.Equal(0.375, stats[Metric.Entropy], Precise);
    }

    [Fact]
    public void A_reference_without_a_weight_is_measured_and_not_minimised()
    {
        torch.Tensor now = Tensor(new[,] { { 0.2, 0.4 } }).log(), reference = Tensor(new[,] { { 0.4, 0.2 } }).log();
        var batch = new PolicyBatch(now, now, torch.tensor(new[] { 3.0 }), torch.ones_like(now), Reference: reference);
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(batch, s_clip, new(Aggregation.TokenMean, 2));

        Assert.Equal(-3, loss.item<double>(), Precise);
        Assert.Equal(0.25, stats[Metric.Kl], Precise);
    }

    [Fact]
    public void A_transposed_mask_is_refused_with_all_shapes()
    {
        torch.Tensor x = torch.zeros(1, 4);
        var error = Assert.Throws<ArgumentException>(() => PolicyLoss.Compute(
            new(x, x, torch.ones(1), x.transpose(0, 1)), s_clip, new(Aggregation.TokenMean, 4)));

        Assert.Equal("new log-probs [1, 4], old log-probs [1, 4], mask [4, 1] must have the same shape", error.Message);
    }

    [Fact]
    public void Advantages_that_would_broadcast_are_refused()
    {
        torch.Tensor x = torch.zeros(2, 4);
        var error = Assert.Throws<ArgumentException>(() => PolicyLoss.Compute(
            new(x, x, torch.ones(1), x), s_clip, new(Aggregation.TokenMean, 4)));

        Assert.Equal("advantages [1] must be one per completion, [2], or one per action, [2, 4]", error.Message);
    }

    [Fact]
    public void A_weighted_divergence_without_a_reference_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            PolicyLoss.Compute(Batch(New(), 1), s_clip, new(Aggregation.TokenMean, 4), new KlTerm(0.5)));

        Assert.Equal("a divergence weighted 0.5 needs the reference's log-probs", error.Message);
    }

    [Fact]
    public void Statistics_of_parts_add_up_to_those_of_the_whole()
    {
        StepStats a = StepStats.Of((Metric.RatioMean, 3.3, 3), (Metric.Kl, 0.5, 3)) + StepStats.Largest("gap", 0.25);
        StepStats b = StepStats.Of((Metric.RatioMean, 0.7, 1), (Metric.Entropy, 6, 2)) + StepStats.Largest("gap", 0.125);

        StepStats both = a + b;

        // 4.0 over 4, 0.5 over 3, 6 over 2, and the larger of 0.25 and 0.125: not a mean of means.
        Assert.Equal(1.0, both[Metric.RatioMean], Precise);
        Assert.Equal(0.5 / 3, both[Metric.Kl], Precise);
        Assert.Equal(3, both[Metric.Entropy], Precise);
        Assert.Equal(0.25, both["gap"]);
        Assert.Equal(0.25, (b + a)["gap"]);
        Assert.Equal(double.NaN, both[Metric.Loss]);
        Assert.Equal(double.NaN, both.Without(Metric.Kl)[Metric.Kl]);
    }

    public void Dispose() => _scope.Dispose();

    private static (double Loss, StepStats Stats) Compute(double advantage, ClipRange? clip = null)
    {
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
            Batch(New(), advantage), clip ?? s_clip, new(Aggregation.TokenMean, 4));
        return (loss.item<double>(), stats);
    }

    private static PolicyBatch Batch(torch.Tensor now, double advantage) =>
        new(now, Old(), torch.tensor(new[] { advantage }), Tensor(new double[,] { { 1, 1, 1, 1, 0 } }));

    private static torch.Tensor New() => Tensor(new[,] { { 0.50, 0.30, 0.40, 0.20, 0.90 } }).log();

    private static torch.Tensor Old() => Tensor(new[,] { { 0.50, 0.20, 0.20, 0.40, 0.10 } }).log();

    private static torch.Tensor Tensor(double[,] values) =>
        torch.tensor(values.Cast<double>().ToArray()).reshape(values.GetLength(0), values.GetLength(1));

    private static double[] Numbers(torch.Tensor tensor) => [.. tensor.data<double>()];
}
