namespace Vlm.Datasets;

/// <summary>Examples of one place, with how often they come.</summary>
/// <param name="Name">The path, folder or pattern.</param>
/// <param name="Weight">How often one of its examples is taken, among the other parts.</param>
/// <param name="Start">The first of its examples in <see cref="Dataset.Examples"/>.</param>
/// <param name="Count">How many there are.</param>
public sealed record DatasetPart(string Name, double Weight, int Start, int Count);

/// <summary>Examples of one or several files in any published layout, and what was read of them.</summary>
/// <remarks>
/// Encoded images inside files are held in memory up to 1 GiB and in a temporary file beyond; images named by paths stay where
/// they are. Pixels are made when a batch is laid out.
/// </remarks>
public sealed class Dataset
{
    private readonly IReadOnlyList<IReadOnlyDictionary<string, object?>> _kept;

    private Dataset(
        IReadOnlyList<Example> examples, IReadOnlyList<DatasetPart> parts, DatasetReport report,
        IReadOnlyList<IReadOnlyDictionary<string, object?>> kept) =>
        (Examples, Parts, Report, _kept) = (examples, parts, report, kept);

    /// <summary>In the order of the files and their rows.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>Where they come from: one part for each path that was named.</summary>
    public IReadOnlyList<DatasetPart> Parts { get; }

    /// <summary>What was read, and what was not.</summary>
    public DatasetReport Report { get; }

    /// <summary>The columns of <see cref="DatasetOptions.Keep"/>, for each example.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Kept => _kept;

    /// <summary>Reads a file, the files of a folder, or those of a pattern such as "train-*.parquet", by name.</summary>
    /// <param name="path">Parquet, JSON lines, JSON or CSV, packed by gzip or not; told apart by content.</param>
    /// <param name="options">What to read, and how; null for all as it is recognised.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="UsageException">No such file, no rows, a layout that is not known, or a bad row: the message names it.</exception>
    public static Dataset Open(string path, DatasetOptions? options = null, CancellationToken cancel = default) =>
        Open([path], options, cancel);

    /// <summary>Reads a mixture: paths, each with a weight after a colon: of a.parquet:2 b.jsonl:1 two examples of three are of the first.</summary>
    /// <param name="mixture">"a.parquet:2", "b.jsonl".</param>
    /// <param name="options">What to read, and how; null for all as it is recognised.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="UsageException">As <see cref="Open(string, DatasetOptions, CancellationToken)"/>, or a weight that is not above 0.</exception>
    public static Dataset Open(IEnumerable<string> mixture, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        options = OptionsCheck.Validate(options ?? new DatasetOptions()).ForFiles();
        DataSource[] sources = [.. mixture.Select(DataPaths.Source)];
        var reader = new FileReader(options, cancel);
        var examples = new List<Example>();
        var kept = new List<IReadOnlyDictionary<string, object?>>();
        var parts = new List<DatasetPart>();
        var notes = new List<string>();
        foreach (DataSource source in sources)
        {
            int start = examples.Count, firstFile = reader.Files.Count;
            foreach ((Example example, Row row) in source.Files.SelectMany(reader.Read))
            {
                examples.Add(example);
                kept.Add(KeptOf(row, options.Keep));
            }

            if (examples.Count == start)
                throw Nothing(source, options);
            parts.Add(new(source.Name, source.Weight, start, examples.Count - start));
            notes.AddRange(Unlike([.. reader.Files.Skip(firstFile)]));
        }

        return new(examples, parts, ReportOf(examples, reader.Files, reader.Skipped) with { Notes = notes }, kept);
    }

    // Shards of one set have the same columns; a shard of another set asks its questions without the images.
    private static IEnumerable<string> Unlike(FileReport[] files)
    {
        foreach (FileReport file in files.Skip(1))
            if (files[0].ColumnsRead.Except(file.ColumnsRead).ToArray() is { Length: > 0 } lost)
                yield return $"{Path.GetFileName(file.Path)} has nothing in {string.Join(", ", lost)}, which is read of {Path.GetFileName(files[0].Path)}";
    }

    /// <summary>The order in which training meets the examples: shuffled anew in each epoch, several parts by their weights.</summary>
    /// <param name="seed">Which order.</param>
    public ExampleStream Stream(long seed)
    {
        (ExampleStream Stream, double Weight)[] streams = [.. Parts.Select((part, number) => (ExampleStream.Shuffled(
            [.. Enumerable.Range(part.Start, part.Count).Select(place => Examples[place])], seed, number), part.Weight))];
        return streams is [(var only, _)] ? only : ExampleStream.Mixture(streams);
    }

    /// <summary>Parts it in two that share no image; rows without images share no question.</summary>
    /// <param name="shares">"95/5": per cent to train on and to hold out; null for 5 %, at least 20 rows, and of few rows a fifth.</param>
    /// <param name="seed">Which rows.</param>
    /// <returns>The two parts, in the order of the rows; the reports say how they were parted.</returns>
    /// <exception cref="OptionException">These are no shares.</exception>
    /// <exception cref="UsageException">There are too few rows to part.</exception>
    public (Dataset Train, Dataset Held) Split(string? shares, long seed)
    {
        shares ??= SplitShares.Default(Examples.Count);
        SplitShares split = SplitShares.Read(shares);
        (bool[] held, string how) = HeldOut.Choose(Examples, split.Held, seed);
        int count = held.Count(item => item);
        string note = $"{count} of {held.Length} examples are held out ({shares}), {how}";
        return (Part(place => !held[place], note), Part(place => held[place], note));
    }

    private Dataset Part(Predicate<int> isIn, string note)
    {
        var places = new List<int>();
        var parts = new List<DatasetPart>();
        foreach (DatasetPart part in Parts)
        {
            int start = places.Count;
            places.AddRange(Enumerable.Range(part.Start, part.Count).Where(place => isIn(place)));
            parts.Add(part with { Start = start, Count = places.Count - start });
        }

        Example[] examples = [.. places.Select(place => Examples[place])];
        return new(examples, parts, ReportOf(examples, Report.Files, Report.Skipped) with { Notes = [.. Report.Notes, note] },
            [.. places.Select(place => _kept[place])]);
    }

    private static DatasetReport ReportOf(IReadOnlyList<Example> examples, IReadOnlyList<FileReport> files, IReadOnlyList<SkippedRow> skipped) => new(
        [.. files], [.. skipped], Counted(examples, example => example.Kind), Counted(examples, example => example.Truth.Kind.Name),
        examples.Sum(example => example.Images.Count));

    private static Dictionary<string, int> Counted(IEnumerable<Example> examples, Func<Example, string> by) =>
        examples.CountBy(by).ToDictionary(pair => pair.Key, pair => pair.Value);

    private static Dictionary<string, object?> KeptOf(Row row, IReadOnlyList<string> columns) =>
        columns.Count == 0 ? s_none : columns.ToDictionary(column => column, row.Raw);

    private static UsageException Nothing(DataSource source, DatasetOptions options) => options.Where is { } condition
        ? new("no row meets the condition", $"{nameof(DatasetOptions.Where)} = {condition}", "a condition that some rows meet, or none")
        : new("there are no rows to read", source.Name, "a file with at least one row");

    private static readonly Dictionary<string, object?> s_none = [];
}
