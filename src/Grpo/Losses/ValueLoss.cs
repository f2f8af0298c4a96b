using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The squared error of predicted returns. Pure: no state, no model, no randomness.</summary>
/// <remarks>
/// <code>
/// clipped = clip(V, old - range, old + range)
/// loss = sum over actions of max((V - return)^2, (clipped - return)^2) / 2, aggregated by <see cref="LossScale"/>
/// </code>
/// The form of OpenAI's baselines, of TRL, verl and OpenRLHF; Schulman et al. 2017, arXiv:1707.06347, equation 9 has it
/// without clip and without the half.
/// </remarks>
public static class ValueLoss
{
    /// <summary>The loss of a batch, or of a part of one.</summary>
    /// <param name="values">[B, T] predicted returns; has a gradient.</param>
    /// <param name="old">[B, T] the same before the step's first update; a constant.</param>
    /// <param name="returns">[B, T] what came of it; a constant.</param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding, which may hold anything, NaN included.</param>
    /// <param name="range">
    /// How far a prediction may move before its gradient stops, in reward units; 0 sets none.
    /// </param>
    /// <param name="scale">Aggregation, with the divisor of the whole step.</param>
    /// <returns>A scalar to minimise, and the statistics to log with it.</returns>
    /// <exception cref="ArgumentException">Shapes that differ.</exception>
    public static (torch.Tensor Loss, StepStats Stats) Clipped(
        torch.Tensor values, torch.Tensor old, torch.Tensor returns, torch.Tensor mask, double range, LossScale scale)
    {
        Shapes.Same(("values", values), ("old values", old), ("returns", returns), ("mask", mask));
        torch.Tensor weight = mask.to(values.dtype);                                           // [B, T]
        torch.Tensor padding = weight.eq((Scalar)0);                                           // [B, T]
        torch.Tensor now = Clean(values), target = Clean(returns), before = Clean(old);        // [B, T]
        torch.Tensor unclipped = (now - target).square();                                           // [B, T]
        torch.Tensor clipped = range > 0                                                          // [B, T]
            ? (torch.minimum(torch.maximum(now, before - range), before + range) - target).square() : unclipped;
        torch.Tensor loss = scale.Sum(torch.maximum(unclipped, clipped), weight) / 2;                  // scalar

        using (torch.no_grad())
        {
            torch.Tensor[] sums = [weight.sum(), (clipped.gt(unclipped).to(weight.dtype) * weight).sum(), loss];
            double[] all = [.. torch.stack(sums).to(torch.ScalarType.Float64).cpu().data<double>()];
            return (loss, StepStats.Of((Metric.ValueClipFraction, all[1], all[0]), (Metric.ValueLoss, all[2], 0)));
        }

        // What padding holds must reach neither the value nor the gradient: 0 * NaN would be NaN.
        torch.Tensor Clean(torch.Tensor tensor) => tensor.masked_fill(padding, (Scalar)0);
    }

    /// <summary>
    /// Share of the variance of the returns that the predictions explain: 1 all of it, 0 no better than their mean,
    /// below 0 worse; 0 where the returns do not vary.
    /// </summary>
    /// <param name="values">Predictions, made before the returns were known.</param>
    /// <param name="returns">As many, in the same order.</param>
    public static double ExplainedVariance(IReadOnlyList<double> values, IReadOnlyList<double> returns)
    {
        double all = Variance(returns);
        return all > 0 ? 1 - Variance([.. returns.Zip(values, (actual, predicted) => actual - predicted)]) / all : 0;

        static double Variance(IReadOnlyList<double> numbers)
        {
            double mean = numbers.Average();
            return numbers.Average(number => (number - mean) * (number - mean));
        }
    }
}
