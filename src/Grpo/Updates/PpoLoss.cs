using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A part's share of the loss of one update, and what it saw.</summary>
/// <param name="Total">Policy term + value weight x value loss - entropy weight x entropy; has a gradient.</param>
/// <param name="Actions">What the policy term saw.</param>
/// <param name="Values">What the value loss saw.</param>
/// <param name="OldKlSum">Sum over actions of the divergence from the policy that sampled, in nats.</param>
internal sealed record PpoLoss(torch.Tensor Total, LossStats Actions, ValueStats Values, double OldKlSum)
{
    /// <summary>Runs the policy forward on a part.</summary>
    /// <remarks>
    /// Without its term a policy that shares nothing gets no gradient, and an optimizer passes over what has none.
    /// </remarks>
    public static PpoLoss Of(
        IActorCritic policy, PpoExperience[] part, GrpoOptions options, PpoOptions ppo, LossScale scale, bool criticAlone)
    {
        (ActionLogProbs now, torch.Tensor values) =
            policy.LogProbsAndValues([.. part.Select(item => item.Rollout)], options.Sampling);
        torch.Tensor old = Rows(item => item.Rollout.LogProbs, now.LogProbs);                  // [B, T]
        torch.Tensor? reference =
            part[0].Reference is null ? null : Rows(item => item.Reference!, now.LogProbs);
        var batch = new PolicyBatch(
            now.LogProbs, old, Rows(item => item.Advantages, now.LogProbs), now.Mask, now.Entropy, reference);

        (torch.Tensor total, LossStats actions) =
            PolicyLoss.Clipped(batch, options.Clip, scale, new(options.KlWeight, options.KlEstimator));
        (torch.Tensor error, ValueStats seen) = ValueLoss.Clipped(
            values, Rows(item => item.Values, values), Rows(item => item.Returns, values), now.Mask, ppo.ValueClip,
            scale);
        total = criticAlone ? error * ppo.ValueWeight : total + error * ppo.ValueWeight;
        if (ppo.EntropyWeight != 0 && !criticAlone)
            total = total - scale.Sum(EntropyTerm.Of(now.LogProbs, old, now.Entropy), now.Mask) * ppo.EntropyWeight;

        using (torch.no_grad())
        {
            torch.Tensor gone = (Kl.K3(old, now.LogProbs.detach()) * now.Mask).sum();
            return new(total, actions, seen, gone.to(torch.ScalarType.Float64).item<double>());
        }

        torch.Tensor Rows(Func<PpoExperience, float[]> of, torch.Tensor like) =>
            Padded.Of([.. part.Select(of)], like);
    }
}
