using System.ComponentModel;
namespace Vlm.Datasets;
/// <summary>.</summary>
[Category("Data")]
public sealed record DatasetOptions
{
    /// <summary>.</summary>
    [Description("split")]
    public string? Split { get; init; }
    /// <summary>.</summary>
    [Description("skip")]
    public int SkipBad { get; init; }
}
/// <summary>.</summary>
public sealed record DatasetReport(int Rows)
{
    /// <summary>.</summary>
    public IEnumerable<string> Lines() => [$"{Rows} rows"];
}
/// <summary>.</summary>
public sealed record Dataset(IReadOnlyList<Example> Examples, DatasetReport Report)
{
    /// <summary>.</summary>
    public static Dataset Open(string path, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        _ = (options, cancel);
        Example[] all = [.. ParquetExamples.Read(path)];
        return new(all, new DatasetReport(all.Length));
    }
    /// <summary>.</summary>
    public Dataset Where(Func<Example, bool> keep) => this with { Examples = [.. Examples.Where(keep)] };
    /// <summary>.</summary>
    public (Dataset, Dataset) Split(string split, long seed)
    {
        _ = (split, seed);
        int held = Math.Max(1, Examples.Count / 20);
        return (this with { Examples = [.. Examples.Skip(held)] }, this with { Examples = [.. Examples.Take(held)] });
    }
}
