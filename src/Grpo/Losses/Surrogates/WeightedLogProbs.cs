using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Log-probs times advantages, with a constant for a weight: every token keeps its gradient.</summary>
/// <remarks>
/// <code>
/// reinforce, gpg  : A * log p
/// cispo           : constant(clip(ratio, 1 - low, 1 + high)) * A * log p
/// cispo-one-sided : constant(min(ratio, cap)) * A * log p
/// </code>
/// Williams 1992, https://doi.org/10.1007/BF00992696. GPG, Chu et al. 2025, arXiv:2504.02546, whose advantages are
/// scaled by the share of groups with spread. CISPO: MiniMax 2025, arXiv:2506.13585, equations 4 and 5; verl and EasyR1 hold the
/// weight within the clip range, TRL from above alone and by an absolute cap, <see cref="SurrogateOptions.RatioCap"/>. Reinforce
/// looks at no ratio: it is the gradient of the first update of a step, and biased in those after it.
/// </remarks>
public static class WeightedLogProbs
{
    /// <summary>[B, T].</summary>
    public static torch.Tensor Reinforce(SurrogateInput input) => input.Advantages * input.LogProbs;

    /// <summary>[B, T].</summary>
    public static torch.Tensor Cispo(SurrogateInput input) => Weighted(
        input, input.Ratio.detach().clamp((Scalar)(1 - input.Clip.Low), (Scalar)(1 + input.Clip.High)));

    /// <summary>[B, T].</summary>
    public static torch.Tensor CispoOneSided(SurrogateInput input) => Weighted(
        input, input.Ratio.detach().clamp(max: (Scalar)input.Options.RatioCap));

    /// <summary>[B, T] 1 where the weight is free, beyond the clip range where the cap holds it.</summary>
    internal static torch.Tensor Capped(SurrogateInput input) =>
        input.Ratio.gt((Scalar)input.Options.RatioCap).to(input.Ratio.dtype) * (2 + input.Clip.High) + 1;

    private static torch.Tensor Weighted(SurrogateInput input, torch.Tensor weight) => weight * input.Advantages * input.LogProbs;
}
