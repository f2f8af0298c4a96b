using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Samples codes, and decodes each to its token with the world model.</summary>
/// <remarks>
/// The base reads tokens into its own KV cache, the policy reads the base's states into a second one. Codes enter neither:
/// states and policy depend on tokens alone.
/// </remarks>
internal sealed class CodeDecoder(
    IVisionLanguageModel model, LatentModules modules, Sampling sampling, Sampling scored, Sampling tokens,
    IReadOnlyList<int> endTokens, Tensor bans, GreedyCode greedy) : IDecoder
{
    private readonly KvCache _base = new(model.Layers), _policy = new(modules.Policy.Depth);
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(tokens, prompts, endTokens, model.VocabSize);
        Prefilled read = model.Prefill(prompts, _base);
        Tensor features = modules.Policy.Prefill(read.Hidden, read.Rope, read.Lengths, _policy);
        _base.Reserve(group, sampling.MaxNewTokens);
        _policy.Reserve(group, sampling.MaxNewTokens);
        Tensor logits = modules.Policy.Logits(NextDistribution.Fan(features, group));                  // [P G, K]
        return (new NextDistribution(logits, NextDistribution.Fan(read.Hidden, group)), read.Next);
    }

    /// <inheritdoc/>
    public NextDistribution Continue(Tensor tokens, Tensor positions)
    {
        Tensor states = model.Continue(tokens, positions, _base);                             // [N, 1, H]
        Tensor features = modules.Policy.Continue(states, model.RopeAt(positions), _policy);
        return new NextDistribution(modules.Policy.Logits(features).squeeze(1), states.squeeze(1));
    }

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group)
    {
        _base.Keep(prompts, rows, group);
        _policy.Keep(prompts, rows, group);
    }

    /// <inheritdoc/>
    public string? NonFiniteWeight() => NonFiniteWeights.First([.. model.Parameters, .. ModelParameters.ParametersOf(modules)]);

    /// <inheritdoc/>
    public SampledStep Sample(NextDistribution distribution, DecodingBatch rows)
    {
        Tensor sampledFrom = TokenDistribution.LogProbs(distribution.Logits, sampling, bans: null);  // [N, K]
        Tensor logProbs = scored == sampling ? sampledFrom
            : TokenDistribution.LogProbs(distribution.Logits, scored, bans: null);                 // [N, K]
        Tensor codes = sampling.Greedy ? MostProbable(sampledFrom, distribution.States!) : rows.Sample(sampledFrom);
        Tensor logits = modules.Tokens(model, distribution.States!, modules.Codebook.Of(codes));   // [N, V]
        Tensor scores = TokenDistribution.Scores(logits, tokens, bans, _rules?.Masks(rows.Histories(), Device));
        Tensor taken = tokens.Greedy ? scores.argmax(-1) : rows.Sample(scores.log_softmax(-1));
        // 0 times a number that is not finite is NaN: the codes' logits may be fine where the tokens' are not.
        return new SampledStep(codes, taken, logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1) + 0 * scores.amax([-1]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Tensor MostProbable(Tensor logProbs, Tensor states) => greedy == GreedyCode.MostProbableCode ? logProbs.argmax(-1)
        : CodeTokenMap.Of(modules, model, states, logProbs, bans).MostProbable(logProbs);
}
