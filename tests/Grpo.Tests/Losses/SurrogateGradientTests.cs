using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>Slopes of every surrogate against finite differences, in double precision, on two completions of 3 and 2 actions.</summary>
public sealed class SurrogateGradientTests : IDisposable
{
    private static readonly string[] s_constantWeights =
        [SurrogateLoss.Cispo, SurrogateLoss.CispoOneSided, SurrogateLoss.Vespo, SurrogateLoss.GspoToken];
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string> Names =>
        [.. SurrogateLoss.Table.Names.Where(name => !name.StartsWith("test", StringComparison.Ordinal))];

    // One free, one held on each side of the range, of both signs.
    private static torch.Tensor New => torch.tensor(new[] { -0.9, -0.4, -1.6, -0.31, -1.2, -3 }).reshape(2, 3);

    private static torch.Tensor Old => torch.tensor(new[] { -1.0, -1.1, -1.5, -0.9, -1.1, -0.1 }).reshape(2, 3);

    private static torch.Tensor Mask => torch.tensor(new[] { 1.0, 1, 1, 1, 1, 0 }).reshape(2, 3);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_the_slope_of_the_value(string name)
    {
        if (s_constantWeights.Contains(name))
            return;
        (double[] gradient, Func<torch.Tensor, double> value) = (Gradient(name), now => Loss(name, now).item<double>());
        Assert.True(gradient.Max(Math.Abs) > 0.05);
        for (int i = 0; i < 6; i++)
        {
            torch.Tensor step = torch.zeros(6, dtype: torch.ScalarType.Float64);
            step[i] = torch.tensor(1e-6);
            double slope = (value(New + step.reshape(2, 3)) - value(New - step.reshape(2, 3))) / 2e-6;
            Assert.Equal(slope, gradient[i], 1e-7);
        }
    }

    // Of weight * A * log p with a constant weight: the term over its own log-prob. Padding has none.
    [Theory]
    [InlineData(SurrogateLoss.Cispo)]
    [InlineData(SurrogateLoss.CispoOneSided)]
    [InlineData(SurrogateLoss.Vespo)]
    public void A_constant_weight_has_no_slope_of_its_own(string name)
    {
        double[] gradient = Gradient(name);
        SurrogateInput input = Input(New);
        double[] terms = [.. (SurrogateLoss.Table[name].Compute(input) * Mask / (input.LogProbs + Mask - 1)).data<double>()];
        for (int i = 0; i < 6; i++)
            Assert.Equal(-terms[i] / 5, gradient[i], 1e-12);
    }

    // With one advantage per completion GSPO's two forms have one gradient; with one per action only the token form follows it.
    [Fact]
    public void The_token_form_of_gspo_is_the_sequence_form_where_a_completion_has_one_advantage()
    {
        ClipRange wide = new(0.9, 3);
        Assert.Equal(
            Gradient(SurrogateLoss.Gspo, wide, Aggregation.SeqMeanTokenMean),
            Gradient(SurrogateLoss.GspoToken, wide, Aggregation.SeqMeanTokenMean), Near);
        torch.Tensor each = torch.tensor(new[] { 1.0, 0, 0, -1, 0, 0 }).reshape(2, 3);
        double[] token = Gradient(SurrogateLoss.GspoToken, wide, Aggregation.TokenMean, each);
        Assert.Equal([false, true, true, false, true, true], token.Select(slope => slope == 0));
        Assert.DoesNotContain(0, Gradient(SurrogateLoss.Gspo, wide, Aggregation.TokenMean, each)[..5]);

        static bool Near(double a, double b) => Math.Abs(a - b) < 1e-12;
    }

    // At a ratio of 1 every surrogate but GSPO's sum over tokens has the slope -A / actions of REINFORCE, that of a whole completion's ratio -A; kl-cov and dro add nothing.
    [Theory]
    [MemberData(nameof(Names))]
    public void On_policy_every_surrogate_has_the_policy_gradient(string name)
    {
        torch.Tensor now = New.requires_grad_();
        string kind = SurrogateLoss.Table[name].Aggregations is [var only, ..] ? only : Aggregation.TokenMean;
        var batch = new PolicyBatch(now, New, torch.tensor(new[] { 1.0, -0.5 }), Mask)
        {
            Picked = torch.zeros(2, 3, dtype: torch.ScalarType.Float64),
        };
        PolicyLoss.Compute(batch, new(0.2, 0.3, 3), LossScale.Of(kind, [3, 2], 3), surrogate: name).Loss.backward();

        double[] weights = kind switch
        {
            Aggregation.SeqMeanTokenMean when name == SurrogateLoss.SeqClip => [1 / 2.0, 1 / 2.0],
            Aggregation.SeqMeanTokenMean => [1 / 6.0, 1 / 4.0],
            Aggregation.SeqMeanTokenSum => [1 / 2.0, 1 / 2.0],
            _ => [1 / 5.0, 1 / 5.0],
        };
        double[] expected = [.. Enumerable.Repeat(-1.0 * weights[0], 3), .. Enumerable.Repeat(0.5 * weights[1], 2), 0];
        Assert.All(expected.Zip(now.grad!.data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void The_divergences_have_the_slope_of_their_values()
    {
        foreach (string name in (string[])[KlEstimator.K1, KlEstimator.K2, KlEstimator.K3, KlEstimator.Abs])
            Slopes(now => KlEstimator.Table[name].Estimate(now, Old).sum());
        Slopes(now => Kl.Full(now.log_softmax(1), Old.log_softmax(1)).sum());
        Slopes(now => KlEstimator.Table[KlEstimator.K3].Bounded(now, Old, 0.1).sum());

        static void Slopes(Func<torch.Tensor, torch.Tensor> value)
        {
            torch.Tensor now = New.requires_grad_();
            value(now).backward();
            for (int i = 0; i < 6; i++)
            {
                torch.Tensor step = torch.zeros(6, dtype: torch.ScalarType.Float64);
                step[i] = torch.tensor(1e-6);
                double slope = (value(New + step.reshape(2, 3)).item<double>() - value(New - step.reshape(2, 3)).item<double>()) / 2e-6;
                Assert.Equal(slope, now.grad!.reshape(6)[i].item<double>(), 1e-7);
            }
        }
    }

    public void Dispose() => _scope.Dispose();

    private static double[] Gradient(
        string name, ClipRange? clip = null, string kind = Aggregation.TokenMean, torch.Tensor? advantages = null)
    {
        torch.Tensor now = New.requires_grad_();
        Loss(name, now, clip, kind, advantages).backward();
        return [.. now.grad!.data<double>()];
    }

    private static torch.Tensor Loss(
        string name, torch.Tensor now, ClipRange? clip = null, string kind = Aggregation.TokenMean, torch.Tensor? advantages = null) =>
        PolicyLoss.Compute(
            new(now, Old, advantages ?? torch.tensor(new[] { 1.0, -0.5 }), Mask)
            {
                Picked = torch.tensor(new[] { 1.0, 0, 0, 0, 1, 0 }).reshape(2, 3),
            },
            clip ?? new(0.2, 0.3, 3), LossScale.Of(kind, [3, 2], 3), surrogate: name).Loss;

    private static SurrogateInput Input(torch.Tensor now)
    {
        torch.Tensor gap = (now - Old) * Mask;
        return new(gap, gap.exp(), torch.tensor(new[] { 1.0, -0.5 }).unsqueeze(1), Mask, new(0.2, 0.3, 3)) { LogProbs = now * Mask };
    }
}
