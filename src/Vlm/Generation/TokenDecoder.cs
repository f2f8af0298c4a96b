using Vlm.Checkpoints;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>Samples tokens.</summary>
internal sealed class TokenDecoder(
    IVisionLanguageModel model, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans) : IDecoder
{
    private readonly KvCache _cache = new(model.Layers);
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.VocabSize);
        (Tensor hidden, int[] next) = model.Prefill(prompts, _cache);
        _cache.Reserve(group, sampling.MaxNewTokens);
        Tensor first = model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1));                // [P, 1, V]
        return (new NextDistribution(NextDistribution.Fan(first, group)), next);
    }

    /// <inheritdoc/>
    public NextDistribution Continue(Tensor tokens, Tensor positions) =>
        new(model.Logits(model.Continue(tokens, positions, _cache)).squeeze(1));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => _cache.Keep(prompts, rows, group);

    /// <inheritdoc/>
    public string? NonFiniteWeight() => NonFiniteWeights.First(model.Parameters);

    /// <inheritdoc/>
    public SampledStep Sample(NextDistribution distribution, DecodingBatch rows) =>
        Sample(distribution.Logits, rows, sampling, bans, _rules?.Masks(rows.Histories(), Device));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Samples a token of each row.</summary>
    /// <param name="logits">[N, V]</param>
    /// <param name="rows">N of them, with their random numbers.</param>
    /// <param name="sampling">How.</param>
    /// <param name="bans">[V] added to log-probabilities.</param>
    /// <param name="history">What earlier tokens change, or null.</param>
    internal static SampledStep Sample(
        Tensor logits, DecodingBatch rows, Sampling sampling, Tensor bans, HistoryMasks? history)
    {
        Tensor logProbs = TokenDistribution.LogProbs(logits, sampling, bans, history);
        Tensor tokens = sampling.Greedy ? logProbs.argmax(-1) : rows.Sample(logProbs);
        return new SampledStep(tokens, tokens, logProbs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1));
    }
}
