namespace Vlm.Rewards;

/// <summary>A row of the table beside a corpus metric.</summary>
/// <param name="Name">A category, a split, or another number of the metric, such as "recall" or "category/dog".</param>
/// <param name="Value">In the unit of the whole; NaN where it is not defined, as the precision of a category that is absent.</param>
/// <param name="Count">Answers, or objects, that it was measured on.</param>
public sealed record MetricPart(string Name, double Value, int Count);

/// <summary>A metric of all answers together.</summary>
/// <param name="Value">The number for the whole; NaN where nothing could be measured.</param>
/// <param name="Count">Answers that were measured.</param>
/// <param name="Unparsed">How many of them could not be parsed; they count as the metric's rules say.</param>
/// <param name="Parts">Its parts, in a fixed order.</param>
public sealed record CorpusScore(double Value, int Count, int Unparsed, IReadOnlyList<MetricPart> Parts)
{
    /// <summary>The value of a part.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public double this[string part] => (Parts.FirstOrDefault(row => row.Name == part)
        ?? throw new KeyNotFoundException($"no part '{part}'; there are {string.Join(", ", Parts.Select(row => row.Name))}")).Value;
}
