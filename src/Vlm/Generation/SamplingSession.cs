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

    private readonly IActor _actor;
    private Outlook? _first;    // until the first actions are drawn

    /// <summary>Reads the prompts.</summary>
    internal SamplingSession(
        IActor actor, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens)
    {
        _actor = actor;
        (_first, int[] next) = actor.Prefill(prompts, group);
        Rows = new SampledRows(prompts.Count, group, key, next, endTokens, sampling);
    }

    /// <summary>What was drawn.</summary>
    internal SampledRows Rows { get; }

    /// <summary>Draws an action of every row that goes on.</summary>
    /// <returns>True while some row goes on.</returns>
    internal bool Step()
    {
        using var step = NewDisposeScope();
        using Outlook outlook = _first ?? Read();
        _first = null;
        Rows.Add(_actor.Draw(outlook, Rows));
        return !Rows.Finished;
    }

    private Outlook Read()
    {
        if (Rows.IdleShare >= IdleShare)
            Pack();
        return _actor.Continue(
            tensor(Rows.LastTokens()).unsqueeze(1).On(_actor.Device),
            tensor(Rows.Positions()).unsqueeze(1).On(_actor.Device));
    }

    private void Pack()
    {
        (long[] prompts, long[] kept, int group) = Rows.Pack();
        _actor.Keep(tensor(prompts).On(_actor.Device), tensor(kept).On(_actor.Device), group);
    }
}
