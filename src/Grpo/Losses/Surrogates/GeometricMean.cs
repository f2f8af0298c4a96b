using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The geometric mean of a completion's clipped ratios, times its advantage (GMPO).</summary>
/// <remarks>
/// <code>
/// held[b,t] = min(log-ratio, high) where A > 0, max(log-ratio, -low) where A &lt; 0
/// surrogate = exp(sum_t mask * held / length) * A
/// </code>
/// Zhao et al. 2025, arXiv:2507.20673, section 3. The clip range is one of log-ratios, as in the paper, verl and TRL; the paper's is 0.4.
/// With advantages per action, A is their mean, as in verl. Actions that are left out are not in the mean, as in TRL; weights of
/// actions count by their geometric mean, as in verl.
/// </remarks>
public static class GeometricMean
{
    private const double LeastWeight = 1e-10;

    /// <summary>[B, 1].</summary>
    public static torch.Tensor Surrogate(SurrogateInput input)
    {
        torch.Tensor mask = input.Kept is { } kept ? input.Mask * kept : input.Mask;              // [B, T]
        torch.Tensor length = mask.sum(1, keepdim: true).clamp(min: (Scalar)1);                   // [B, 1]
        torch.Tensor a = Mean(input.Advantages * torch.ones_like(mask));                          // [B, 1]
        torch.Tensor held = torch.where(a.gt((Scalar)0),
            input.LogRatio.clamp(max: (Scalar)input.Clip.High), input.LogRatio.clamp(min: (Scalar)(-input.Clip.Low)));
        torch.Tensor ratio = Mean(held).clamp(max: (Scalar)PolicyLoss.MaxLogRatio).exp();         // [B, 1]
        return input.Weights is { } weights ? ratio * a * Mean((weights + LeastWeight).log()).exp() : ratio * a;

        torch.Tensor Mean(torch.Tensor values) => (values * mask).sum(1, keepdim: true) / length;
    }

    /// <summary>[B, T] 1 + log-ratio, which the clip range of log-ratios holds where it holds the log-ratio.</summary>
    internal static torch.Tensor Held(SurrogateInput input) => input.LogRatio + 1;
}
