using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How much each modality of a step counts: more, the further its features are from what they usually are. Pure.</summary>
/// <remarks>
/// <code>
/// u(t,m) = mean over features i of |z(t,m,i) - mu(m,i)| / (sigma(m,i) + 1e-5)
/// w(t,.) = M softmax over m of u(t,m) / temperature
/// </code>
/// with the running mean and variance of <see cref="Next"/>. A specification of this project after arXiv 2302.09318: a deviation from
/// the running statistics is informative.
/// </remarks>
public static class FeatureImportance
{
    private const double Epsilon = 1e-5;

    /// <summary>[T, M] weights, of mean 1 over the modalities that a step has; 0 for one that it has not.</summary>
    /// <param name="features">[T, M, D]</param>
    /// <param name="present">[T, M] 1 where a step has the modality, else 0.</param>
    /// <param name="mean">[M, D] running means.</param>
    /// <param name="variance">[M, D] running variances.</param>
    /// <param name="temperature">Above 0; a smaller one tells modalities apart more.</param>
    /// <param name="detached">No gradient passes through the weights.</param>
    public static torch.Tensor Weights(
        torch.Tensor features, torch.Tensor present, torch.Tensor mean, torch.Tensor variance, double temperature = 1, bool detached = true)
    {
        torch.Tensor seen = detached ? features.detach() : features;
        torch.Tensor deviation = ((seen - mean).abs() / (variance.sqrt() + Epsilon)).mean([-1L]);   // [T, M]
        torch.Tensor absent = present.eq((Scalar)0);                                            // [T, M]
        // A large finite number, so that a step without any modality has no NaN.
        torch.Tensor share = (deviation / temperature).masked_fill(absent, (Scalar)(-1e30)).softmax(-1);
        return share * present.sum(-1, keepdim: true) * present;
    }

    /// <summary>The fused state of weighted modalities, for policies and critics of one's own. [T, D], or [T, M D] side by side.</summary>
    /// <param name="features">[T, M, D]</param>
    /// <param name="weights">[T, M]</param>
    /// <param name="concatenate">Put them side by side; else add them.</param>
    public static torch.Tensor Fuse(torch.Tensor features, torch.Tensor weights, bool concatenate = false)
    {
        torch.Tensor weighted = features * weights.unsqueeze(-1);                              // [T, M, D]
        return concatenate ? weighted.flatten(1) : weighted.sum(1);
    }

    /// <summary>Running statistics after one more step.</summary>
    /// <remarks>
    /// <code>
    /// mu' = mu + momentum (z - mu)     variance' = (1 - momentum) (variance + momentum (z - mu)^2)
    /// </code>
    /// Exponentially weighted moments (West 1979, https://doi.org/10.1145/359146.359153), a step after the other: a batch of one
    /// step has a deviation too.
    /// </remarks>
    /// <param name="mean">[M, D]</param>
    /// <param name="variance">[M, D]</param>
    /// <param name="features">[M, D] of the step.</param>
    /// <param name="present">[M] a modality that is 0 here keeps its statistics.</param>
    /// <param name="momentum">Share of the step, above 0 and at most 1.</param>
    public static (torch.Tensor Mean, torch.Tensor Variance) Next(
        torch.Tensor mean, torch.Tensor variance, torch.Tensor features, torch.Tensor present, double momentum)
    {
        torch.Tensor share = present.unsqueeze(-1) * momentum, gap = features - mean;          // [M, 1], [M, D]
        return (mean + share * gap, (1 - share) * (variance + share * gap.square()));
    }
}
