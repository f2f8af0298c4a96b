using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>A vision-language model whose actions are tokens.</summary>
/// <param name="model">The family's model.</param>
/// <param name="decode">Turns a completion's tokens into text, special tokens dropped.</param>
/// <param name="endTokens">Tokens that end a completion; any of them.</param>
public sealed class TokenPolicy(
    IVisionLanguageModel model, Func<int[], string> decode, IReadOnlyList<int> endTokens)
    : IPolicy
{
    private readonly Tensor _bans = Bans(model);

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

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        RolloutScorer.LogProbs(Model, rollouts, sampling, _bans);

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
    private static Tensor Bans(IVisionLanguageModel model)
    {
        var bans = new float[model.Vocabulary];
        bans[model.ImageToken] = TokenDistribution.Never;
        return tensor(bans).to(model.Device).DetachFromDisposeScope();
    }
}
