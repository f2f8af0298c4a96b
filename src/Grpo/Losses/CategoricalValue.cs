using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A critic that predicts a distribution over returns: K bins from -range to range,
/// and cross-entropy in place of a square.</summary>
/// <remarks>
/// <code>
/// V = sum_k softmax(logits)[k] z[k]        z[k] = -range + k delta, delta = 2 range / (K - 1)
/// loss = sum over actions of - sum_k target[k] log softmax(logits)[k], aggregated by <see cref="LossScale"/>
/// target[k] = max(0, 1 - |clip(return) - z[k]| / delta)        the two bins beside the return share it
/// </code>
/// Nauman et al. 2025, Bigger, Regularized, Categorical, arXiv:2505.23150; the projection: Bellemare et al. 2017 (C51),
/// arXiv:1707.06887, equation 7. Differs: the target is the return that GAE gives, not a distribution of a second critic.
/// </remarks>
public static class CategoricalValue
{
    /// <summary>[K] the returns that bins stand for.</summary>
    /// <param name="like">Gives device and number type.</param>
    /// <param name="bins">K, 2 or more.</param>
    /// <param name="range">v_max, in units of normalised returns.</param>
    public static torch.Tensor Support(torch.Tensor like, long bins, double range) =>
        torch.linspace(-range, range, bins, dtype: like.dtype, device: like.device);

    /// <summary>[.., K] logits to [..] predicted returns.</summary>
    public static torch.Tensor Mean(torch.Tensor logits, double range) =>
        (logits.softmax(-1) * Support(logits, logits.shape[^1], range)).sum(-1);

    /// <summary>[..] returns to [.., K] probabilities of the bins beside each; beyond the range the last bin has all.</summary>
    public static torch.Tensor Target(torch.Tensor returns, long bins, double range)
    {
        torch.Tensor place = (returns.clamp(-range, range) + range) * ((bins - 1) / (2 * range));          // [..], in bins
        torch.Tensor bin = torch.arange(bins, dtype: returns.dtype, device: returns.device);              // [K]
        return (1 - (place.unsqueeze(-1) - bin).abs()).clamp(min: 0);                                         // [.., K]
    }

    /// <summary>The C51 projection of r + gamma z onto the bins.</summary>
    /// <param name="next">Probabilities of the bins after the action, one per bin.</param>
    /// <param name="reward">Of the action, in units of the range.</param>
    /// <param name="gamma">What a return one action later is worth; 0 after the last action.</param>
    /// <param name="range">v_max.</param>
    /// <returns>Probabilities; their sum is that of <paramref name="next"/>.</returns>
    public static double[] Project(IReadOnlyList<double> next, double reward, double gamma, double range)
    {
        var projected = new double[next.Count];
        double delta = 2 * range / (next.Count - 1);
        foreach ((int k, double mass) in next.Index())
        {
            double place = (Math.Clamp(reward + gamma * (k * delta - range), -range, range) + range) / delta;
            int below = Math.Min((int)place, next.Count - 2);
            projected[below] += mass * (1 - (place - below));
            projected[below + 1] += mass * (place - below);
        }

        return projected;
    }

    /// <summary>The loss of a batch, or of a part of one.</summary>
    /// <param name="logits">[B, T, K]; has a gradient, which is at most 1 per action and bin before aggregation.</param>
    /// <param name="returns">[B, T] what came of it, in units of the range; a constant.</param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding, which may hold anything, NaN included.</param>
    /// <param name="range">v_max.</param>
    /// <param name="scale">Aggregation, with the divisor of the whole step.</param>
    /// <returns>A scalar to minimise, and the statistics to log with it.</returns>
    /// <exception cref="ArgumentException">Shapes that differ.</exception>
    public static (torch.Tensor Loss, StepStats Stats) Loss(
        torch.Tensor logits, torch.Tensor returns, torch.Tensor mask, double range, LossScale scale)
    {
        Shapes.Same(("returns", returns), ("mask", mask), ("logits of a bin", logits.select(-1, 0)));
        torch.Tensor weight = mask.to(logits.dtype);                                               // [B, T]
        torch.Tensor padding = weight.eq((Scalar)0);                                                // [B, T]
        torch.Tensor target = Target(returns.masked_fill(padding, (Scalar)0), logits.shape[^1], range);     // [B, T, K]
        torch.Tensor known = logits.masked_fill(padding.unsqueeze(-1), (Scalar)0).log_softmax(-1);          // [B, T, K]
        torch.Tensor loss = scale.Sum(-(target * known).sum(-1), weight);                                // scalar

        using (torch.no_grad())
        {
            double[] all = [.. torch.stack([weight.sum(), loss]).to(torch.ScalarType.Float64).cpu().data<double>()];
            return (loss, StepStats.Of((Metric.ValueClipFraction, 0, all[0]), (Metric.ValueLoss, all[1], 0)));
        }
    }
}
