using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo;

/// <summary>A policy with a value head over its features. It borrows both.</summary>
/// <param name="policy">Acts; over tokens or over codes.</param>
/// <param name="head">Predicts.</param>
/// <param name="shared">
/// Lets the error of the prediction move the policy too. By default it moves the head alone, so what the policy does is
/// decided by its own loss.
/// </param>
public sealed class ActorCritic(IFeaturePolicy policy, ValueHead head, bool shared = false) : IActorCritic
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Critic => head.Parameters;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable => [.. policy.Trainable, .. head.Parameters];

    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        policy.Sample(prompts, group, sampling, key, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        policy.StreamAsync(prompt, sampling, key, cancel);

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        policy.LogProbs(rollouts, sampling);

    /// <inheritdoc/>
    public (ActionLogProbs Actions, torch.Tensor Values) LogProbsAndValues(
        IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        (ActionLogProbs actions, torch.Tensor features) = policy.LogProbsAndFeatures(rollouts, sampling);
        torch.Tensor values = head.Forward(shared ? features : features.detach(), rollouts);   // [B, T] or [B, T, K]
        torch.Tensor mask = actions.Mask.to(values.dtype);                                      // [B, T]
        return (actions, values * (values.dim() == mask.dim() ? mask : mask.unsqueeze(-1)));
    }
}
