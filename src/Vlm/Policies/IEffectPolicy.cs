using TorchSharp;

namespace Vlm;

/// <summary>
/// A policy that says how much of its choice reaches the answer: the entropy over the tokens that its actions bring about. Over tokens
/// it is that of the actions; codes of which several bring about one token have less. Policies with other actions are compared at equal
/// entropy over tokens, never at equal temperature.
/// </summary>
public interface IEffectPolicy : IPolicy
{
    /// <summary>The entropy over tokens at each action of the rollouts, under the policy as it is now.</summary>
    /// <param name="rollouts">B rollouts; those of one prompt (the same object) share its prefill.</param>
    /// <param name="sampling">The distribution that actions are sampled from: temperature, filters, bans.</param>
    /// <returns>
    /// [B, T] nats of q(x|h) = sum over actions a of pi(a|h) [a brings about x]; a constant, 0 where the mask of
    /// <see cref="IPolicy.LogProbs"/> is 0. Greedy sampling counts as temperature 1 without filters, as its log-probs do.
    /// </returns>
    torch.Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling);
}
