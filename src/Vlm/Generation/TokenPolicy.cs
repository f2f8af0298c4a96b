using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>A vision-language model whose actions are tokens.</summary>
public sealed class TokenPolicy : IModelPolicy
{
    private readonly IReadOnlyList<int> _endTokens;
    private readonly Tensor _bans;
    private readonly GroupSampler _sampler;

    /// <summary>A policy over a model, which it borrows.</summary>
    /// <param name="model">The family's model.</param>
    /// <param name="decode">Turns a completion's tokens into text, special tokens dropped.</param>
    /// <param name="endTokens">Tokens that end a completion; any of them.</param>
    /// <param name="banned">Tokens that are never sampled, besides the model's image placeholder.</param>
    /// <param name="vocabulary">
    /// Ids from here on are never sampled: rows of the output layer that no token owns. Null where every row is owned.
    /// </param>
    /// <param name="unrestricted">Samples whatever is likely, placeholders too, as the reference generates.</param>
    public TokenPolicy(
        IVisionLanguageModel model, Func<int[], string> decode, IReadOnlyList<int> endTokens,
        IReadOnlyList<int>? banned = null, int? vocabulary = null, bool unrestricted = false)
    {
        (Model, _endTokens) = (model, endTokens);
        _bans = unrestricted
            ? TokenRules.Bans(model, [], model.VocabSize)
            : TokenRules.Bans(model, [model.ImageToken, .. banned ?? []], vocabulary ?? model.VocabSize);
        _sampler = new GroupSampler(
            sampling => new TokenDecoder(model, sampling, endTokens, _bans), model.MaxPositions, model.Device, endTokens, decode);
    }

    /// <summary>The model.</summary>
    public IVisionLanguageModel Model { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable =>
        [.. Model.Parameters.Where(item => item.Value.requires_grad)];

    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.Sample(prompts, group, sampling, key, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.StreamAsync(prompt, sampling, key, cancel);

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        Read(rollouts, sampling).Actions;

    /// <inheritdoc/>
    public int FeatureWidth => Model.Sizes.Attention.HiddenSize;

    /// <inheritdoc/>
    public (ActionLogProbs Actions, Tensor Features) LogProbsAndFeatures(
        IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        (ActionLogProbs actions, Func<Tensor> features) = Read(rollouts, sampling);
        return (actions, features());
    }

    /// <inheritdoc/>
    public Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return LogProbs(rollouts, sampling).Entropy.MoveToOuterDisposeScope();
    }

    private (ActionLogProbs Actions, Func<Tensor> Features) Read(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        RolloutScorer.Score(Model, rollouts, sampling, _endTokens, _bans);
}
