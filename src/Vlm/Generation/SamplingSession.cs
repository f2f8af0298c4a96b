using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// One sampling call, a token of every row at a time. What lasts from one step to the next is left in the dispose scope
/// around the constructor and <see cref="Step"/>.
/// </summary>
internal sealed class SamplingSession
{
    // Leaving rows are packed away once this share of the slots is idle: packing copies the suffix caches.
    private const double IdleShare = 0.25;

    private readonly IVisionLanguageModel _model;
    private readonly Sampling _sampling;
    private readonly Tensor _bans;
    private readonly KvCache _cache;
    private readonly HistoryRules? _rules;
    private Tensor? _first;     // [N, V] logits of the first token, until it is drawn

    /// <summary>Reads the prompts.</summary>
    internal SamplingSession(
        IVisionLanguageModel model, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens, Tensor bans)
    {
        (_model, _sampling, _bans, _cache) = (model, sampling, bans, new KvCache(model.Layers));
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.Vocabulary);
        (Tensor hidden, int[] next) = model.Prefill(prompts, _cache);
        _cache.Reserve(group, sampling.MaxNewTokens);

        Rows = new SampledRows(prompts.Count, group, key, next, endTokens, sampling);
        Tensor first = model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1));                // [P, 1, V]
        _first = first.expand(-1, group, -1).reshape(prompts.Count * group, -1);
    }

    /// <summary>What was drawn.</summary>
    internal SampledRows Rows { get; }

    /// <summary>Draws a token of every row that goes on.</summary>
    /// <returns>True while some row goes on.</returns>
    internal bool Step()
    {
        using var step = NewDisposeScope();
        using Tensor logits = _first ?? Read();
        _first = null;
        HistoryMasks? history = _rules?.Masks(Rows.Pasts(), logits.device);
        Tensor logProbs = TokenDistribution.LogProbs(logits, _sampling, _bans, history);
        Tensor tokens = _sampling.Greedy
            ? logProbs.argmax(-1)
            : TokenDistribution.Draw(logProbs, tensor(Rows.Uniforms()).to(logits.device));
        Tensor chosen = logProbs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1);
        Rows.Add(tokens.cpu().data<long>().ToArray(), chosen.cpu().data<float>().ToArray());
        return !Rows.Finished;
    }

    private Tensor Read()
    {
        if (Rows.IdleShare >= IdleShare)
            Pack();
        Tensor read = _model.Continue(
            tensor(Rows.LastTokens()).unsqueeze(1).to(_model.Device),
            tensor(Rows.Positions()).unsqueeze(1).to(_model.Device), _cache);
        return _model.Logits(read).squeeze(1);
    }

    private void Pack()
    {
        (long[] prompts, long[] kept, int group) = Rows.Pack();
        _cache.Keep(tensor(prompts).to(_model.Device), tensor(kept).to(_model.Device), group);
    }
}
