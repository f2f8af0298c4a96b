using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Log-probs weighted by a gamma-shaped function of the completion's whole ratio (VESPO).</summary>
/// <remarks>
/// <code>
/// w[b]      = exp(sum_t mask * log-ratio)                     within 1e-8 and e^20
/// phi(w)    = exp(lambda + k * log w - lambda * w)            1 at w = 1
/// surrogate = constant(phi(w)) * A * log p
/// </code>
/// Shen et al. 2026, arXiv:2602.10693, in the form of TRL's vespo; k and lambda differ by the sign of A. Weights of actions that
/// another engine sampled are part of w and are not multiplied on top.
/// </remarks>
public static class GammaWeighted
{
    private static readonly double s_least = Math.Log(1e-8);

    /// <summary>[B, T].</summary>
    public static torch.Tensor Surrogate(SurrogateInput input)
    {
        torch.Tensor surrogate = Phi(input) * input.Advantages * input.LogProbs;                  // [B, T]
        return input.Kept is { } kept ? surrogate * kept : surrogate;
    }

    /// <summary>[B, 1], or [B, T] for advantages per action, a constant.</summary>
    public static torch.Tensor Phi(SurrogateInput input)
    {
        SurrogateOptions options = input.Options;
        const double most = PolicyLoss.MaxLogRatio;
        torch.Tensor logRatio = input.LogRatio.detach().clamp((Scalar)(-most), (Scalar)most);
        if (input.Weights is { } weights)
            logRatio = logRatio + weights.log().clamp((Scalar)s_least, (Scalar)most);
        torch.Tensor log = (logRatio * input.Mask).sum(1, keepdim: true).clamp((Scalar)s_least, (Scalar)most);  // [B, 1]

        torch.Tensor good = input.Advantages.ge((Scalar)0).to(log.dtype);
        torch.Tensor k = good * options.VespoKPositive + (1 - good) * options.VespoKNegative;
        torch.Tensor lambda = good * options.VespoLambdaPositive + (1 - good) * options.VespoLambdaNegative;
        return (lambda + k * log - lambda * log.exp()).exp();
    }
}
