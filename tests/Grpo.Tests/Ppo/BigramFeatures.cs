using TorchSharp;
using TorchSharp.Modules;
using Vlm.Grpo.Tests.Step;

namespace Vlm.Grpo.Tests.Ppo;

/// <summary>The bigram policy with a value head, in double precision: a feature is a row of its left factor.</summary>
internal sealed class BigramFeatures : IFeaturePolicy, IDisposable
{
    public BigramFeatures(bool shared = false, int outputs = 1)
    {
        Head = new(3, torch.CPU, torch.ScalarType.Float64, outputs);
        Both = new(this, Head, shared);
    }

    public BigramPolicy Policy { get; } = new();

    public ValueHead Head { get; }

    public ActorCritic Both { get; }

    public int FeatureWidth => 3;

    public IReadOnlyList<(string Name, Parameter Value)> Trainable => Policy.Trainable;

    /// <summary>The head's three weights and its bias.</summary>
    public double[] HeadWeights =>
        [.. Head.Parameters.SelectMany(parameter => parameter.Value.detach().flatten().data<double>().ToArray())];

    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        Policy.Sample(prompts, group, sampling, key, cancel);

    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test streams it");

    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        Policy.LogProbs(rollouts, sampling);

    public (ActionLogProbs Actions, torch.Tensor Features) LogProbsAndFeatures(
        IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        ActionLogProbs actions = Policy.LogProbs(rollouts, sampling);
        int width = (int)actions.Mask.shape[1];
        long[] before =
        [
            .. rollouts.SelectMany(rollout => Enumerable.Range(0, width).Select(t =>
                (long)(t == 0 ? rollout.Prompt.Tokens[^1] : t < rollout.Actions.Length ? rollout.Actions[t - 1] : 0))),
        ];
        torch.Tensor rows = Policy.Left.index_select(0, torch.tensor(before)).reshape(rollouts.Count, width, 3);
        return (actions, rows * actions.Mask.unsqueeze(2));
    }

    /// <summary>Sets the head's three weights and its bias.</summary>
    public void SetHead(double[] weights, double bias)
    {
        using IDisposable constant = torch.no_grad();
        _ = Head.Parameters[0].Value.copy_(torch.tensor(weights).reshape(1, 3));
        _ = Head.Parameters[1].Value.copy_(torch.tensor(new[] { bias }));
    }

    public void Dispose()
    {
        Policy.Dispose();
        Head.Dispose();
    }
}
