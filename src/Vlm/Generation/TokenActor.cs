using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>Draws tokens.</summary>
internal sealed class TokenActor(
    IVisionLanguageModel model, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans) : IActor
{
    private readonly KvCache _cache = new(model.Layers);
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public (Outlook Outlook, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.Vocabulary);
        (Tensor hidden, int[] next) = model.Prefill(prompts, _cache);
        _cache.Reserve(group, sampling.MaxNewTokens);
        Tensor first = model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1));                // [P, 1, V]
        return (new Outlook(Outlook.Fan(first, group)), next);
    }

    /// <inheritdoc/>
    public Outlook Continue(Tensor tokens, Tensor positions) =>
        new(model.Logits(model.Continue(tokens, positions, _cache)).squeeze(1));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => _cache.Keep(prompts, rows, group);

    /// <inheritdoc/>
    public Drawn Draw(Outlook outlook, SampledRows rows) =>
        Draw(outlook.Logits, rows, sampling, bans, _rules?.Masks(rows.Pasts(), Device));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Draws a token of each row.</summary>
    /// <param name="logits">[N, V]</param>
    /// <param name="rows">N of them, with their random numbers.</param>
    /// <param name="sampling">How.</param>
    /// <param name="bans">[V] added to log-probabilities.</param>
    /// <param name="history">What earlier tokens change, or null.</param>
    internal static Drawn Draw(
        Tensor logits, SampledRows rows, Sampling sampling, Tensor bans, HistoryMasks? history)
    {
        Tensor logProbs = TokenDistribution.LogProbs(logits, sampling, bans, history);
        Tensor tokens = sampling.Greedy ? logProbs.argmax(-1) : rows.Draw(logProbs);
        return new Drawn(tokens, tokens, logProbs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1));
    }
}
