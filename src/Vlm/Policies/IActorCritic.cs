using TorchSharp;
using TorchSharp.Modules;

namespace Vlm;

/// <summary>
/// A policy that shows what it decides from. A critic over these features needs to know nothing else of the policy.
/// </summary>
public interface IFeaturePolicy : IPolicy
{
    /// <summary>Numbers in the feature of one action.</summary>
    int FeatureWidth { get; }

    /// <summary>
    /// What <see cref="IPolicy.LogProbs"/> gives, and [B, T, D] the state that each action was chosen from, of the same
    /// forward pass: it has seen the prompt and the tokens before the action, never the action. 0 where the mask is 0.
    /// It carries a gradient to the policy where gradients are on.
    /// </summary>
    (ActionLogProbs Actions, torch.Tensor Features) LogProbsAndFeatures(
        IReadOnlyList<Rollout> rollouts, Sampling sampling);
}

/// <summary>
/// A policy that also predicts what it will earn. Optional: only algorithms with a critic ask for it.
/// </summary>
public interface IActorCritic : IPolicy
{
    /// <summary>
    /// What <see cref="IPolicy.LogProbs"/> gives, and [B, T] the predicted return from each action on, in reward units,
    /// predicted before the action is known; 0 where the mask is 0. A critic that predicts a distribution over K bins of returns
    /// gives their logits, [B, T, K]. What the units are is the update's: it may normalise them.
    /// </summary>
    (ActionLogProbs Actions, torch.Tensor Values) LogProbsAndValues(IReadOnlyList<Rollout> rollouts, Sampling sampling);

    /// <summary>
    /// Those of <see cref="IPolicy.Trainable"/> that only the prediction uses, and that may learn at a rate of their
    /// own.
    /// </summary>
    IReadOnlyList<(string Name, Parameter Value)> Critic { get; }
}
