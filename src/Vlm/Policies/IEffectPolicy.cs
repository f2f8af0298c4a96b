using TorchSharp;

namespace Vlm;

/// <summary>Distributions over the tokens that actions lead to, at each action of a batch of rollouts.</summary>
/// <param name="Tokens">[M, T] token ids; those below 0 are of codes that were not decoded.</param>
/// <param name="Probabilities">[M, T] of each; a token that stands twice in a row has its whole probability once, and 0 again.</param>
/// <param name="Places">[M] where each lies in [B, T], counted row by row.</param>
public sealed record TokenEffects(torch.Tensor Tokens, torch.Tensor Probabilities, torch.Tensor Places);

/// <summary>A policy that can say what its choice of actions is as a choice of tokens.</summary>
/// <remarks>
/// Policies over codes and over tokens are compared at equal entropy over tokens, never at equal temperature: many codes may lead
/// to one token.
/// </remarks>
public interface IEffectPolicy : IPolicy
{
    /// <summary>Entropy over tokens of the choice of each action, in nats, without gradients.</summary>
    /// <param name="rollouts">B rollouts.</param>
    /// <param name="sampling">The distribution of the actions.</param>
    /// <returns>[B, T], 0 on padding.</returns>
    torch.Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling);

    /// <summary>What the choice of each action is over tokens, without gradients.</summary>
    /// <inheritdoc cref="EffectEntropy"/>
    TokenEffects Effects(IReadOnlyList<Rollout> rollouts, Sampling sampling);
}
