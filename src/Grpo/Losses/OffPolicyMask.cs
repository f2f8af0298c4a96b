using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Leaves bad completions out that the policy has moved far from since they were sampled.</summary>
/// <remarks>
/// <code>keep[b,t] = A[b,t] >= 0 or mean_t(sampler's log-prob - new log-prob) &lt;= threshold</code>
/// DeepSeek-V3.2, arXiv:2512.02556, off-policy sequence masking; TRL's <c>off_policy_mask_threshold</c>.
/// </remarks>
public static class OffPolicyMask
{
    /// <summary>1 to keep, 0 to leave out; of the advantages' shape.</summary>
    /// <param name="current">[B, T] log-probs in training; taken as constants.</param>
    /// <param name="sampler">[B, T] under the policy or engine that sampled.</param>
    /// <param name="advantages">[B, 1] or [B, T].</param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding.</param>
    /// <param name="threshold">In nats; may be negative.</param>
    public static torch.Tensor Of(
        torch.Tensor current, torch.Tensor sampler, torch.Tensor advantages, torch.Tensor mask, double threshold)
    {
        torch.Tensor gone = ((sampler - current.detach()) * mask).sum(1, keepdim: true)
            / mask.sum(1, keepdim: true).clamp(min: (Scalar)1);                                   // [B, 1]
        return advantages.ge((Scalar)0).logical_or(gone.le((Scalar)threshold)).to(mask.dtype);
    }
}
