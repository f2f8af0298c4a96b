using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Loading;

/// <summary>A sampler that keeps its model from being freed while it samples, and refuses to once it was disposed.</summary>
internal class LeasedSampler(ISampler sampler, Lease lease) : ISampler
{
    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default)
    {
        using IDisposable call = lease.Enter();
        return sampler.Sample(prompts, group, sampling, key, cancel);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default)
    {
        lease.Check();
        return Leased(sampler.StreamAsync(prompt, sampling, key, cancel), cancel);
    }

    private async IAsyncEnumerable<int> Leased(
        IAsyncEnumerable<int> tokens, [EnumeratorCancellation] CancellationToken cancel)
    {
        using IDisposable call = lease.Enter();
        await foreach (int token in tokens.WithCancellation(cancel).ConfigureAwait(false))
            yield return token;
    }
}

/// <summary>The same for a policy.</summary>
internal sealed class LeasedPolicy(IModelPolicy policy, Lease lease) : LeasedSampler(policy, lease), IModelPolicy
{
    private readonly Lease _lease = lease;

    /// <inheritdoc/>
    public int FeatureWidth => policy.FeatureWidth;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable
    {
        get
        {
            using IDisposable call = _lease.Enter();
            return policy.Trainable;
        }
    }

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using IDisposable call = _lease.Enter();
        return policy.LogProbs(rollouts, sampling);
    }

    /// <inheritdoc/>
    public (ActionLogProbs Actions, torch.Tensor Features) LogProbsAndFeatures(
        IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using IDisposable call = _lease.Enter();
        return policy.LogProbsAndFeatures(rollouts, sampling);
    }

    /// <inheritdoc/>
    public torch.Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using IDisposable call = _lease.Enter();
        return policy.EffectEntropy(rollouts, sampling);
    }
}
