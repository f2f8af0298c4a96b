using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The loss of UniGRPO, group-relative policy optimisation for masked diffusion. Pure.</summary>
/// <remarks>
/// <code>
/// d[b,t] = new[b,t] - old[b,t]      on masked tokens alone, both under the same mask; ratio = exp(d)
/// loss   = 1/B sum over rows b of ( - mean over masked t of min(ratio A, clip(ratio, 1 - low, 1 + high) A)
///                                   + beta sum over masked t of (exp(-d) - 1 + d) )
/// </code>
/// Yang et al. 2025 (MMaDA), arXiv:2505.15809, section 4.2. As in the released code (Gen-Verse/dLLM-RL, train/rl_mmada_v.py) the
/// divergence is that from the policy that sampled, and is summed over a row where the surrogate is a mean. With a sequence ratio the
/// score of a row is the mean of its masked log-probs, and it has one ratio: the paper's approximation of a sequence's likelihood.
/// </remarks>
public static class UniGrpoLoss
{
    /// <summary>The loss of some rows of an update.</summary>
    /// <param name="now">[B, T] log-probs under the policy in training, with a gradient, and the mask of hidden tokens.</param>
    /// <param name="old">[B, T] under the policy that sampled and the same masks; constants.</param>
    /// <param name="advantages">[B] of each row's response.</param>
    /// <param name="clip">How far the ratio may move.</param>
    /// <param name="beta">Weight of the divergence.</param>
    /// <param name="rows">Rows of the whole update.</param>
    /// <param name="sequenceRatio">One ratio for a row, from the mean of its masked log-probs.</param>
    /// <returns>A scalar to minimise, and the statistics to log with it.</returns>
    public static (torch.Tensor Loss, StepStats Stats) Compute(
        ActionLogProbs now, torch.Tensor old, torch.Tensor advantages, ClipRange clip, double beta, int rows, bool sequenceRatio = false)
    {
        var scale = new LossScale(Aggregation.SeqMeanTokenMean, rows);
        var batch = new PolicyBatch(now.LogProbs, old, advantages, now.Mask, now.Entropy, Reference: old);
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
            batch, clip, scale, kl: null, sequenceRatio ? SurrogateLoss.Gspo : SurrogateLoss.PpoClip);
        if (beta == 0)
            return (loss, stats);
        torch.Tensor mask = now.Mask.to(now.LogProbs.dtype), hidden = mask.eq((Scalar)0);
        torch.Tensor divergence = Kl.K3(now.LogProbs.masked_fill(hidden, (Scalar)0), old.masked_fill(hidden, (Scalar)0));
        return (loss + new LossScale(Aggregation.SeqMeanTokenSum, rows).Sum(divergence, mask) * beta, stats);
    }

    /// <summary>[B] the score of each row: the mean of its masked log-probs.</summary>
    /// <param name="now">Log-probs, and the mask of hidden tokens.</param>
    public static torch.Tensor SequenceScore(ActionLogProbs now)
    {
        torch.Tensor mask = now.Mask.to(now.LogProbs.dtype);
        return (now.LogProbs * mask).sum(1) / mask.sum(1).clamp(min: (Scalar)1);
    }
}
