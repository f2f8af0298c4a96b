namespace Vlm.Datasets;

/// <summary>Pairs of answers that were read from files.</summary>
/// <param name="Pairs">In the order of the files.</param>
public sealed record PreferenceData(IReadOnlyList<Preference> Pairs)
{
    /// <summary>Reads files, folders and globs.</summary>
    /// <param name="paths">What to read.</param>
    /// <param name="options">How.</param>
    /// <param name="cancel">Looked at before each row.</param>
    /// <exception cref="UsageException">A file or a row cannot be read, or is no pair.</exception>
    public static PreferenceData Open(IReadOnlyList<string> paths, DatasetOptions? options = null, CancellationToken cancel = default) =>
        throw new NotSupportedException();

    /// <summary>The part to learn from and the part to measure on.</summary>
    /// <param name="split">"95/5"; null for 5 %, at least 20 rows.</param>
    /// <param name="seed">Of the split.</param>
    /// <param name="measured">Something else is measured on: all is learned from.</param>
    public (IReadOnlyList<Preference> Train, IReadOnlyList<Preference> HeldOut) Parts(string? split, long seed, bool measured) =>
        throw new NotSupportedException();
}
