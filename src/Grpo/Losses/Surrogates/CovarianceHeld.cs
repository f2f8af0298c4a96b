using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Surrogates that hold the few tokens through which entropy is lost, those of high covariance.</summary>
/// <remarks>
/// <code>
/// clip-cov : the surrogate of <see cref="Clipped"/>, 0 with no gradient on the picked tokens
/// kl-cov   : ratio * A - weight * |log-ratio| on the picked tokens, ratio * A on the others
/// </code>
/// Cui et al. 2025, arXiv:2505.22617, section 4. <see cref="Covariance"/> picks them, from the whole step: verl picks within
/// each micro-batch, so that its result depends on the split.
/// </remarks>
public static class CovarianceHeld
{
    /// <summary>[B, T].</summary>
    /// <exception cref="ArgumentException">Nothing was picked from.</exception>
    public static torch.Tensor Clip(SurrogateInput input) => Clipped.Surrogate(input) * (1 - Picked(input));

    /// <summary>[B, T].</summary>
    /// <exception cref="ArgumentException">Nothing was picked from.</exception>
    public static torch.Tensor Kl(SurrogateInput input) =>
        input.Ratio * input.Advantages - input.LogRatio.abs() * Picked(input) * input.Options.KlCovWeight;

    private static torch.Tensor Picked(SurrogateInput input) =>
        input.Picked ?? throw new ArgumentException("tokens are picked by their covariance over the whole step: PolicyBatch.Picked");
}
