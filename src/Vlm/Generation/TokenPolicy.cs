using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>A vision-language model whose actions are tokens.</summary>
/// <param name="model">The family's model.</param>
/// <param name="decode">Turns a completion's tokens into text, special tokens dropped.</param>
/// <param name="endTokens">Tokens that end a completion; any of them.</param>
/// <param name="banned">Tokens that are never drawn, besides the model's image placeholder.</param>
/// <param name="vocabulary">
/// Ids from here on are never drawn: rows of the output layer that no token owns. Null where every row is owned.
/// </param>
/// <param name="unrestricted">Draws whatever is likely, placeholders too, as the reference generates.</param>
public sealed class TokenPolicy(
    IVisionLanguageModel model, Func<int[], string> decode, IReadOnlyList<int> endTokens,
    IReadOnlyList<int>? banned = null, int? vocabulary = null, bool unrestricted = false)
    : IFeaturePolicy
{
    private readonly Tensor _bans = unrestricted
        ? TokenRules.Bans(model, [], model.VocabSize)
        : TokenRules.Bans(model, [model.ImageToken, .. banned ?? []], vocabulary ?? model.VocabSize);

    /// <summary>The model.</summary>
    public IVisionLanguageModel Model { get; } = model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable =>
        [.. Model.Parameters.Where(item => item.Value.requires_grad)];

    /// <inheritdoc/>
    public Rollout[] Sample(IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key)
    {
        TokenRules.CheckRoom(Model, prompts, sampling);
        return GroupSampler.Run(Actor(sampling), prompts, group, sampling, key, endTokens, decode);
    }

    /// <summary>
    /// Samples one completion and gives each token as soon as it is drawn, the end token included: the tokens that
    /// <see cref="Sample"/> draws for a group of one. Leaving the loop early frees what the sampling holds.
    /// </summary>
    /// <param name="prompt">What is asked.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="key">Names the random numbers.</param>
    /// <returns>Token ids; enumerating again samples again. The model must not change between two of them.</returns>
    /// <exception cref="UsageException">The prompt leaves no room for the new tokens.</exception>
    public IEnumerable<int> Stream(Prompt prompt, Sampling sampling, SampleKey key)
    {
        TokenRules.CheckRoom(Model, [prompt], sampling);
        return GroupSampler.Stream(() => Actor(sampling), prompt, sampling, key, endTokens, Model.Device);
    }

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

    private (ActionLogProbs Actions, Func<Tensor> Features) Read(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        RolloutScorer.Score(Model, rollouts, sampling, endTokens, _bans);

    private TokenActor Actor(Sampling sampling) => new(Model, sampling, endTokens, _bans);
}
