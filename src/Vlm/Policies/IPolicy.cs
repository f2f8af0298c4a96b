using TorchSharp;
using TorchSharp.Modules;

namespace Vlm;

/// <summary>Log-probabilities of the actions of a batch of rollouts, padded on the right.</summary>
/// <param name="LogProbs">[B, T] natural log; 0 where the mask is 0.</param>
/// <param name="Entropy">[B, T] entropy in nats of the distribution each action was sampled from; a constant.</param>
/// <param name="Mask">[B, T] 1 on actions, 0 on padding.</param>
public sealed record ActionLogProbs(torch.Tensor LogProbs, torch.Tensor Entropy, torch.Tensor Mask)
{
    /// <summary>What the policy made of the prompts in the same pass; null where it shows none, as policies over codes.</summary>
    public PromptStates? Prompts { get; init; }

    /// <summary>Whole distributions, which the log-probs are taken from; null where the policy shows none.</summary>
    public ActionDistributions? All { get; init; }
}

/// <summary>The distributions that the actions of a batch of rollouts were chosen from.</summary>
/// <param name="LogProbs">
/// [M, A] natural log, of all A actions at each of the M real places; with a gradient where gradients are on.
/// </param>
/// <param name="Places">[M] where each lies in [B, T], counted row by row.</param>
public sealed record ActionDistributions(torch.Tensor LogProbs, torch.Tensor Places);

/// <summary>
/// The waist of the toolkit. A policy acts and says how likely its actions were; everything above works on actions and
/// never asks whether they are tokens or codes.
/// </summary>
public interface IPolicy : ISampler
{
    /// <summary>
    /// The log-probs of the rollouts' actions under the policy as it is now and the same sampling distribution; carries a
    /// gradient where gradients are on. Rollouts of one prompt (the same <see cref="Prompt"/> object) share its prefill.
    /// </summary>
    ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling);

    /// <summary>The parameters an optimizer may move, under their checkpoint names. Frozen parts are not in it.</summary>
    IReadOnlyList<(string Name, Parameter Value)> Trainable { get; }
}
