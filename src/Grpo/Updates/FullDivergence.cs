using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The divergence of whole distributions in an update: the reference reads each micro-batch just before the policy does.</summary>
/// <remarks>
/// <code>
/// kl[b,t] = sum over all actions a of p(a) (log p(a) - log reference(a))
/// </code>
/// EasyR1's kl_penalty full. What an estimate keeps as a number per action is here a row of the vocabulary, of policy and reference, for
/// the actions of a micro-batch; it never leaves the device. The policy's distribution is the one it samples from, the reference's is not
/// filtered, as <see cref="ReferencePolicy.Of"/> has it.
/// </remarks>
/// <param name="reference">Borrows the policy's parameters while it reads.</param>
internal sealed class FullDivergence(ReferencePolicy reference)
{
    /// <summary>The divergence of an update; null where the options ask for an estimate, or for none.</summary>
    /// <exception cref="ArgumentException">It is asked for without a reference.</exception>
    public static FullDivergence? Of(ReferencePolicy? reference, GrpoOptions options)
    {
        if (options.KlEstimator != KlEstimator.Full || options.Beta == 0)
            return null;
        return new(reference ?? throw new ArgumentException(
            "the full divergence needs the reference policy, not its log-probs", nameof(reference)));
    }

    /// <summary>[M, A] the reference's distributions; before the policy's pass, whose graph must not see weights change.</summary>
    public torch.Tensor Read(IReadOnlyList<Rollout> rollouts, GrpoOptions options) =>
        reference.Distributions(rollouts, options.Sampling);

    /// <summary>[B, T] with the policy's gradient; 0 on padding.</summary>
    /// <param name="now">The policy's, of the same rollouts.</param>
    /// <param name="read">From <see cref="Read"/>.</param>
    public static torch.Tensor Compare(ActionLogProbs now, torch.Tensor read)
    {
        torch.Tensor terms = Kl.Full(now.All!.LogProbs, read).to(now.LogProbs.dtype);             // [M]
        return torch.zeros(now.LogProbs.numel(), dtype: terms.dtype, device: terms.device)
            .index_copy(0, now.All.Places, terms).view(now.LogProbs.shape);
    }
}
