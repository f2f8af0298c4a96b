using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>Pairs of answers that were read from files.</summary>
/// <param name="Pairs">In the order of the files and their rows.</param>
/// <param name="Report">What was read, and what was not.</param>
public sealed record PreferenceData(IReadOnlyList<Preference> Pairs, PreferenceReport Report)
{
    /// <summary>Reads files, folders and globs of pairs in any <see cref="PreferenceLayout"/>.</summary>
    /// <remarks>
    /// What <see cref="Dataset"/> says of files, images, columns, conditions and bad rows is so here. The roles that
    /// <see cref="DatasetOptions.Columns"/> gives columns to are those of examples, and <c>chosen</c>, <c>rejected</c> and <c>strength</c>.
    /// A row whose sides are equal, or one of them empty, is a bad row.
    /// </remarks>
    /// <param name="paths">What to read.</param>
    /// <param name="options">How; null for all as it is recognised.</param>
    /// <param name="cancel">Looked at before each row.</param>
    /// <exception cref="OptionException">A setting that says nothing of pairs.</exception>
    /// <exception cref="UsageException">
    /// No such file, a layout that is not known, no pair at all, or a bad row: the message names it.
    /// </exception>
    public static PreferenceData Open(IReadOnlyList<string> paths, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        options = OptionsCheck.Validate(options ?? new DatasetOptions()).ForFiles();
        RefuseForPairs(options);
        var reader = new PreferenceReader(options, cancel);
        var pairs = new List<Preference>();
        foreach (DataSource source in paths.Select(DataPaths.Source))
        {
            if (source.Weight != 1)
                throw new UsageException(
                    "pairs are not mixed by weight: each is taken once in a pass", $"{source.Name}:{OptionText.Show(source.Weight)}", source.Name);
            int before = pairs.Count;
            pairs.AddRange(source.Files.SelectMany(reader.Read));
            if (pairs.Count == before)
                throw Nothing(source, reader);
        }

        return new(pairs, PreferenceReport.Of(pairs, reader));
    }

    /// <summary>The part to learn from and the part to measure on: they share no image, and no question where there are no images.</summary>
    /// <param name="split">"95/5"; null for 5 %, at least 20 pairs, and of few pairs a fifth.</param>
    /// <param name="seed">Of the split.</param>
    /// <param name="measured">Something else is measured on: all is learned from.</param>
    /// <exception cref="OptionException">These are no shares.</exception>
    /// <exception cref="UsageException">There are too few pairs to part.</exception>
    public (IReadOnlyList<Preference> Train, IReadOnlyList<Preference> HeldOut) Parts(string? split, long seed, bool measured)
    {
        if (measured)
            return (Pairs, []);
        var shares = SplitShares.Read(split ?? SplitShares.Default(Pairs.Count));
        (bool[] held, _) = HeldOut.Choose([.. Pairs.Select(pair => pair.Example)], shares.Held, seed);
        return ([.. Pairs.Where((_, i) => !held[i])], [.. Pairs.Where((_, i) => held[i])]);
    }

    /// <summary>Writes pairs to Parquet so that <see cref="Open"/> gives back the same; the file is whole or absent.</summary>
    /// <remarks>
    /// The columns of <see cref="ParquetExamples"/> with <c>chosen</c>, <c>rejected</c> and <c>strength</c> beside them. <c>kind</c> is that
    /// of the pair. Where nobody knows the truth, the columns of the answer and the truth hold nothing.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="pairs">In the order of its rows.</param>
    public static void Write(string path, IReadOnlyList<Preference> pairs)
    {
        Example[] examples = [.. pairs.Select(pair => pair.Example with { Kind = pair.Kind })];
        ParquetFile.Write(
            path,
            [
                .. ExampleRow.Columns(examples), new("chosen", ColumnType.Text), new("rejected", ColumnType.Text), new("strength", ColumnType.Real),
            ],
            ExampleRow.ValuesKnownOrNot(examples).Zip(pairs, (row, pair) => (object?[])[.. row, pair.Chosen, pair.Rejected, pair.Strength]));
    }

    // What is set in vain is refused.
    private static void RefuseForPairs(DatasetOptions options)
    {
        (string Property, object? Value, object? Default)[] idle =
        [
            (nameof(DatasetOptions.Layout), options.Layout, null), (nameof(DatasetOptions.AnswerType), options.AnswerType, null),
            (nameof(DatasetOptions.Turns), options.Turns, AskedTurns.Last), (nameof(DatasetOptions.Frame), options.Frame, null),
            (nameof(DatasetOptions.BoxForm), options.BoxForm, null),
        ];
        if (Array.Find(idle, one => !Equals(one.Value, one.Default)) is { Property: { } property } set)
            throw new OptionException($"{property} says nothing of pairs of answers", property, OptionText.Show(set.Value), $"leave out {property}");
    }

    private static UsageException Nothing(DataSource source, PreferenceReader reader) =>
        reader.Files.SelectMany(file => file.Notes).LastOrDefault(note => note.Contains("no two answers", StringComparison.Ordinal)) is { } note
            ? new(note, source.Name, "a file in which two answers are compared")
            : new("there are no pairs to read", source.Name, "a file with at least one pair, and a condition that some rows meet");
}
