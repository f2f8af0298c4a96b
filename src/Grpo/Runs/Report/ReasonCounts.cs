namespace Vlm.Grpo.Reports;

/// <summary>Counts of the reasons that rewards gave, over parts of a run that are equally long.</summary>
/// <param name="first">The first step.</param>
/// <param name="last">The last step.</param>
/// <param name="most">Parts of the run; fewer where it has fewer steps.</param>
internal sealed class ReasonCounts(long first, long last, int most)
{
    private const string Others = "other reasons";
    private readonly int _spans = (int)Math.Min(most, last - first + 1);
    private readonly Dictionary<string, Dictionary<string, long[]>> _rewards = new(StringComparer.Ordinal);

    /// <summary>Counts the reasons of a rollout.</summary>
    public void Add(long step, IReadOnlyList<Part> parts)
    {
        int span = (int)((step - first) * _spans / (last - first + 1));
        foreach (Part part in parts)
            Counts(part.Name, ReasonText.Kind(part.Reason))[span]++;
    }

    /// <summary>The most frequent reasons of each reward, and all others together.</summary>
    /// <param name="count">How many stand alone.</param>
    public IReadOnlyList<Reasons> Most(int count)
    {
        (long, long)[] spans = [.. Enumerable.Range(0, _spans).Select(i => (Begin(i), Begin(i + 1) - 1))];
        return [.. _rewards.Select(reward => new Reasons(reward.Key, spans, Of(reward.Value)))];

        (string, long[])[] Of(Dictionary<string, long[]> reasons)
        {
            (string Reason, long[] Counts)[] all = [.. reasons.OrderByDescending(one => one.Value.Sum())
                .ThenBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key, one.Value))];
            return all.Length <= count + 1 ? all :
                [.. all.Take(count), (Others, [.. Enumerable.Range(0, _spans).Select(i => all.Skip(count).Sum(one => one.Counts[i]))])];
        }
    }

    // The first step of a part: the least whose part, as Add has it, this is.
    private long Begin(int span) => first + (((span * (last - first + 1)) + _spans - 1) / _spans);

    private long[] Counts(string reward, string reason)
    {
        if (!_rewards.TryGetValue(reward, out Dictionary<string, long[]>? reasons))
            _rewards.Add(reward, reasons = new(StringComparer.Ordinal));
        return reasons.TryGetValue(reason, out long[]? counts) ? counts : reasons[reason] = new long[_spans];
    }
}
