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
    public Drawn Draw(Outlook outlook, SampledRows rows)
    {
        HistoryMasks? history = _rules?.Masks(rows.Pasts(), Device);
        Tensor logProbs = TokenDistribution.LogProbs(outlook.Logits, sampling, bans, history);
        Tensor tokens = sampling.Greedy ? logProbs.argmax(-1) : rows.Draw(logProbs);
        return new Drawn(tokens, tokens, logProbs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1));
    }
}
