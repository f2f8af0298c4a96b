namespace Vlm.Grpo;

/// <summary>A mean with the number of answers behind it.</summary>
/// <param name="Value">NaN where there were none.</param>
/// <param name="Count">Answers that have the metric.</param>
public readonly record struct MetricMean(double Value, int Count)
{
    /// <summary>The mean over both parts.</summary>
    public static MetricMean operator +(MetricMean a, MetricMean b) =>
        a.Count == 0 ? b : b.Count == 0 ? a
            : new(((a.Value * a.Count) + (b.Value * b.Count)) / (a.Count + b.Count), a.Count + b.Count);

    /// <summary>The mean over both parts.</summary>
    public static MetricMean Add(MetricMean left, MetricMean right) => left + right;
}

/// <summary>Sums on the way to means, by name.</summary>
internal sealed class MetricSums
{
    private readonly SortedDictionary<string, (double Sum, int Count)> _sums = new(StringComparer.Ordinal);

    public void Add(string name, double value)
    {
        (double sum, int count) = _sums.GetValueOrDefault(name);
        _sums[name] = (sum + value, count + 1);
    }

    public SortedDictionary<string, MetricMean> Means() => new(
        _sums.ToDictionary(pair => pair.Key, pair => new MetricMean(pair.Value.Sum / pair.Value.Count, pair.Value.Count)),
        StringComparer.Ordinal);
}
