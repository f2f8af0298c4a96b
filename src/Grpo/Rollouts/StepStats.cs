using System.Collections.Immutable;

namespace Vlm.Grpo;

/// <summary>A metric on the way to its value.</summary>
/// <param name="Value">Sum of what was measured, or the largest of it.</param>
/// <param name="Weight">What the sum is divided by in the end: actions, groups, updates.</param>
/// <param name="IsLargest">It is a maximum: of two the larger one counts, and nothing is divided.</param>
public readonly record struct Sum(double Value, double Weight, bool IsLargest = false)
{
    /// <summary>The metric.</summary>
    public double Result => IsLargest ? Value : Value / Weight;

    /// <summary>Two parts together.</summary>
    public static Sum operator +(Sum a, Sum b) =>
        a.IsLargest ? a with { Value = Math.Max(a.Value, b.Value) } : new(a.Value + b.Value, a.Weight + b.Weight);

    /// <summary>Two parts together.</summary>
    public static Sum Add(Sum left, Sum right) => left + right;
}

/// <summary>
/// What a step measured, under the names of <see cref="Metric"/>: sums with their weights, so that micro-batches, updates and
/// ranks add up. Immutable.
/// </summary>
public sealed class StepStats
{
    private readonly ImmutableDictionary<string, Sum> _sums;

    private StepStats(ImmutableDictionary<string, Sum> sums) => _sums = sums;

    /// <summary>Nothing yet.</summary>
    public static StepStats Empty { get; } = new(ImmutableDictionary<string, Sum>.Empty);

    /// <summary>Metrics with their sums and weights.</summary>
    public static StepStats Of(params ReadOnlySpan<(string Name, double Sum, double Weight)> metrics)
    {
        var sums = ImmutableDictionary.CreateBuilder<string, Sum>();
        foreach ((string name, double sum, double weight) in metrics)
            sums.Add(name, new Sum(sum, weight));
        return new(sums.ToImmutable());
    }

    /// <summary>A metric of which the largest value counts.</summary>
    public static StepStats Largest(string name, double value) =>
        new(ImmutableDictionary<string, Sum>.Empty.Add(name, new Sum(value, 0, IsLargest: true)));

    /// <summary>The sums by name.</summary>
    public IReadOnlyDictionary<string, Sum> Sums => _sums;

    /// <summary>A metric's value; NaN where nothing of it was measured.</summary>
    public double this[string name] => _sums.TryGetValue(name, out Sum sum) ? sum.Result : double.NaN;

    /// <summary>Every metric with its value, for the run's log.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
        _sums.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Result));

    /// <summary>The same without one metric.</summary>
    public StepStats Without(string name) => new(_sums.Remove(name));

    /// <summary>Two parts together.</summary>
    public static StepStats operator +(StepStats a, StepStats b)
    {
        var sums = a._sums.ToBuilder();
        foreach ((string name, Sum sum) in b._sums)
            sums[name] = sums.TryGetValue(name, out Sum known) ? known + sum : sum;
        return new(sums.ToImmutable());
    }

    /// <summary>Two parts together.</summary>
    public static StepStats Add(StepStats left, StepStats right) => left + right;
}
