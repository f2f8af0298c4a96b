using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A smooth gate in place of the clip: far ratios lose their gradient by and by (SAPO).</summary>
/// <remarks>
/// <code>4 / tau * sigmoid(tau * (ratio - 1)) * A        tau = tau+ where A > 0, else tau-</code>
/// Gao et al. 2025, arXiv:2511.20347. At a ratio of 1 its slope is that of the plain ratio; its value is 2 A / tau.
/// </remarks>
public static class SoftGate
{
    /// <summary>[B, T].</summary>
    public static torch.Tensor Surrogate(SurrogateInput input)
    {
        torch.Tensor a = input.Advantages;
        torch.Tensor good = a.gt((Scalar)0).to(input.Ratio.dtype);                                // [B, 1] or [B, T]
        torch.Tensor tau = good * input.Options.SapoTauPositive + (1 - good) * input.Options.SapoTauNegative;
        return (tau * (input.Ratio - 1)).sigmoid() * 4 / tau * a;                                 // [B, T]
    }
}
