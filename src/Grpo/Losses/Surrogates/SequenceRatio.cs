using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The clipped surrogate of a completion's ratio: the geometric mean of its tokens' (GSPO), or their product.</summary>
/// <remarks>
/// <code>
/// s[b]   = exp(sum_t mask * log-ratio / length)
/// gspo       : the surrogate of <see cref="Clipped"/> of s[b], the same number for each token
/// seq-clip   : that of exp(sum_t mask * log-ratio)
/// gspo-token : that of s[b,t] = constant(s[b]) * p[b,t] / constant(p[b,t]), which has a gradient per token
/// </code>
/// Zheng et al. 2025, arXiv:2507.18071, equations 5, 7, 13 and 14. Averaged over tokens and then completions both have one value
/// and, with one advantage per completion, one gradient. Where <see cref="ClipRange.Dual"/> is given it bounds what counts
/// against a bad completion, as in EasyR1. LUSPO is gspo with each completion weighted by its length, which is the aggregation
/// <see cref="Aggregation.SeqMeanTokenSum"/>: unlike TRL's, padding is never part of it. seq-clip is what TRL's RLOO trainer
/// minimises: PPO's objective of a whole completion as one action.
/// </remarks>
public static class SequenceRatio
{
    /// <summary>[B, T], the same along T.</summary>
    public static torch.Tensor Gspo(SurrogateInput input) => Held(Of(input), input);

    /// <summary>[B, T], the same along T: of the product of a completion's ratios, which is the ratio of its probabilities.</summary>
    public static torch.Tensor Product(SurrogateInput input) => Held(ProductOf(input), input);

    /// <summary>[B, T].</summary>
    public static torch.Tensor GspoToken(SurrogateInput input)
    {
        torch.Tensor slope = (input.LogProbs - input.LogProbs.detach()).exp();                    // [B, T], ones
        return Held(Of(input).detach() * slope, input);
    }

    /// <summary>[B, 1] the completion's ratio, within e^+-<see cref="PolicyLoss.MaxLogRatio"/>.</summary>
    public static torch.Tensor Of(SurrogateInput input)
    {
        torch.Tensor length = input.Mask.sum(1, keepdim: true).clamp(min: (Scalar)1);             // [B, 1]
        torch.Tensor mean = (input.LogRatio * input.Mask).sum(1, keepdim: true) / length;         // [B, 1]
        return mean.clamp((Scalar)(-PolicyLoss.MaxLogRatio), (Scalar)PolicyLoss.MaxLogRatio).exp();
    }

    /// <summary>[B, 1] the product of its tokens' ratios, within e^+-<see cref="PolicyLoss.MaxLogRatio"/>.</summary>
    public static torch.Tensor ProductOf(SurrogateInput input) => (input.LogRatio * input.Mask).sum(1, keepdim: true)
        .clamp((Scalar)(-PolicyLoss.MaxLogRatio), (Scalar)PolicyLoss.MaxLogRatio).exp();

    private static torch.Tensor Held(torch.Tensor ratio, SurrogateInput input) => input.Clip.Dual is null
        ? Clipped.Of(ratio, input.Advantages, input.Clip) : DualClipped.Of(ratio, input.Advantages, input.Clip);
}
