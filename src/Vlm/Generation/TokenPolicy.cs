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
    : IPolicy
{
    private readonly Tensor _bans = unrestricted
        ? Bans(model, [], model.Vocabulary) : Bans(model, [model.ImageToken, .. banned ?? []], vocabulary ?? model.Vocabulary);

    /// <summary>The model.</summary>
    public IVisionLanguageModel Model { get; } = model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable =>
        [.. Model.Parameters.Where(item => item.Value.requires_grad)];

    /// <inheritdoc/>
    public Rollout[] Sample(IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key)
    {
        Check(prompts, sampling);
        Completion[] completions = GroupSampler.Run(Model, prompts, group, sampling, key, endTokens, _bans);
        return [.. completions.Select((completion, row) => new Rollout(
            prompts[row / group], row / group, row % group, completion.Tokens, completion.Tokens, completion.LogProbs,
            decode(completion.Tokens), completion.Stop))];
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
        Check([prompt], sampling);
        return GroupSampler.Stream(Model, prompt, sampling, key, endTokens, _bans);
    }

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        RolloutScorer.LogProbs(Model, rollouts, sampling, endTokens, _bans);

    private void Check(IReadOnlyList<Prompt> prompts, Sampling sampling)
    {
        foreach (Prompt prompt in prompts)
            if (prompt.Tokens.Length + sampling.MaxNewTokens > Model.Context)
                throw new UsageException(
                    $"the prompt's {prompt.Tokens.Length} tokens and {sampling.MaxNewTokens} new ones exceed the "
                    + $"model's context of {Model.Context}",
                    $"record {prompt.Id}", "use smaller images, a shorter question, or fewer new tokens");
    }

    // A sampled placeholder would ask for an image that is not there, and break the next forward pass.
    private static Tensor Bans(IVisionLanguageModel model, IReadOnlyList<int> banned, int vocabulary)
    {
        var bans = new float[model.Vocabulary];
        bans.AsSpan(Math.Min(vocabulary, bans.Length)).Fill(TokenDistribution.Never);
        foreach (int token in banned.Where(token => token < bans.Length))
            bans[token] = TokenDistribution.Never;
        return tensor(bans).to(model.Device).DetachFromDisposeScope();
    }
}
