using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// One sampling call, an action of every row at a time. What lasts from one step to the next is left in the dispose scope
/// around the constructor and <see cref="Step"/>.
/// </summary>
internal sealed class SamplingSession
{
    // Leaving rows are packed away once this share of the slots is idle: packing copies the suffix caches.
    private const double IdleShare = 0.25;

    private readonly IDecoder _decoder;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly long _step;
    private int _tokens;
    private NextDistribution? _first;    // until the first actions are sampled

    /// <summary>Reads the prompts.</summary>
    internal SamplingSession(
        IDecoder decoder, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens)
    {
        (_decoder, _prompts, _step) = (decoder, prompts, key.Step);
        (_first, int[] next) = decoder.Prefill(prompts, group);
        Rows = new DecodingBatch(prompts.Count, group, key, next, endTokens, sampling);
    }

    /// <summary>What was sampled.</summary>
    internal DecodingBatch Rows { get; }

    /// <summary>Samples an action of every row that has not ended.</summary>
    /// <returns>True until all rows have ended.</returns>
    /// <exception cref="NonFiniteLogitsException">There is nothing to sample from.</exception>
    internal bool Step()
    {
        using var step = NewDisposeScope();
        using NextDistribution distribution = _first ?? Read();
        _first = null;
        _tokens++;
        if (Rows.Add(_decoder.Sample(distribution, Rows)) is { } prompt)
            throw new NonFiniteLogitsException(_prompts[prompt].Id, _tokens, _step, _decoder.NonFiniteWeight());
        return !Rows.Finished;
    }

    private NextDistribution Read()
    {
        if (Rows.IdleShare >= IdleShare)
            Pack();
        return _decoder.Continue(
            tensor(Rows.LastTokens()).unsqueeze(1).On(_decoder.Device),
            tensor(Rows.Positions()).unsqueeze(1).On(_decoder.Device));
    }

    private void Pack()
    {
        (long[] prompts, long[] kept, int group) = Rows.Pack();
        _decoder.Keep(tensor(prompts).On(_decoder.Device), tensor(kept).On(_decoder.Device), group);
    }
}
