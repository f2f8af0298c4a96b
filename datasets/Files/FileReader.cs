using System.Globalization;

namespace Vlm.Datasets;

/// <summary>Reads the examples of files, skips as many bad rows as are allowed, and counts.</summary>
internal sealed class FileReader(DatasetOptions options, CancellationToken cancel)
{
    private const int MostUndecided = 10_000;

    // What some sets put before the question.
    private static readonly string[] s_context = ["hint", "context", "passage"];

    private readonly ColumnMap _map = ColumnMap.Read(options.Columns, [.. options.IgnoreColumns, .. options.Keep]);
    private readonly RowImages _images = new(options.ImageFolder);
    private readonly RowSource _source = new(options);

    /// <summary>Bad rows that were skipped.</summary>
    public List<SkippedRow> Skipped => _source.Skipped;

    /// <summary>What was read of each file.</summary>
    public List<FileReport> Files { get; } = [];

    /// <summary>The examples of a file in order, each with its row; its report is there when all have been read.</summary>
    /// <exception cref="UsageException">The file is missing, damaged or of no layout, or one bad row more than are skipped.</exception>
    public IEnumerable<(Example Example, Row Row)> Read(string path)
    {
        FileKind kind = FileKinds.Of(path);
        (IEnumerable<RowOrProblem> rows, string? leftOut) = Rows(path, kind);
        var file = new FileState();
        int made = 0;
        foreach (RowOrProblem item in rows)
        {
            cancel.ThrowIfCancellationRequested();
            file.Seen++;
            if (item.Problem is { } broken)
                _source.Skip(broken);
            else
                foreach ((Example example, Row row) in Decided(item.Row!.With(_map), file))
                {
                    made++;
                    yield return (example with { Id = _source.OwnId(example.Id, file.Counts) }, row);
                }
        }

        if (file.Undecided.Count > 0)
            throw file.Undecided[0].Problem;
        if (file.Layout is { } layout)
            Files.Add(Report(path, kind, file.Readers.Count > 0 ? file.MostRows : layout, made, file, leftOut));
    }

    // Boxes that can be meant in two ways wait, with the rows after them, for one that can be meant in one.
    private List<(Example Example, Row Row)> Decided(Row row, FileState file)
    {
        var made = new List<(Example, Row)>();
        try
        {
            IReadOnlyList<Example> examples = Examples(row, file);
            if (file.Counts.BoxForm is not null)
            {
                foreach ((Row earlier, UndecidedBoxException _) in file.Undecided)
                    made.AddRange(Examples(earlier, file).Select(example => (example, earlier)));
                file.Undecided.Clear();
            }

            made.AddRange(examples.Select(example => (example, row)));
        }
        catch (UndecidedBoxException undecided) when (file.Undecided.Count < MostUndecided)
        {
            file.Undecided.Add((row, undecided));
        }

        return made;
    }

    private IReadOnlyList<Example> Examples(Row row, FileState file)
    {
        DatasetLayout first = file.Layout ??= LayoutOf(row);
        DatasetLayout own = options.Layout is not null ? first : DatasetLayout.Table.FirstOrDefault(other => other.IsOf(row)) ?? first;
        if (!file.Readers.TryGetValue(own, out ExampleReader? reader))
            file.Readers[own] = reader = new ExampleReader(options, own, _images, file.Counts);
        try
        {
            IReadOnlyList<Example> examples = reader.Read(row);
            file.Counts.Layouts[own.Name] = file.Counts.Layouts.GetValueOrDefault(own.Name) + 1;
            return examples;
        }
        catch (UsageException bad) when (bad is not (OptionException or UndecidedBoxException))
        {
            _source.Skip(bad);
            return [];
        }
    }

    private DatasetLayout LayoutOf(Row row)
    {
        RowSource.CheckColumns(row);
        return options.Layout is { } name ? DatasetLayout.Table.Find(name, $"{nameof(DatasetOptions.Layout)} = {name}") : DatasetLayout.Of(row);
    }

    private (IEnumerable<RowOrProblem> Rows, string? LeftOut) Rows(string path, FileKind kind)
    {
        if (kind == FileKind.JsonObject && CocoFile.IsIn(path))
        {
            (IReadOnlyList<RowOrProblem> made, string? leftOut) = options.Where is null ? CocoFile.Rows(path) : throw new UsageException(
                "a condition works on rows, and a COCO file has none", path, "the file without the condition");
            return (_source.Limited(made), leftOut);
        }

        return (_source.Read(path, kind), null);
    }

    private FileReport Report(string path, FileKind kind, DatasetLayout layout, int examples, FileState file, string? leftOut)
    {
        ReadCounts counts = file.Counts;
        return new(path, kind.Words(), layout, file.Seen, examples, [.. counts.Read.Order(StringComparer.Ordinal)],
            [.. counts.Unread.Except(counts.Read).Except(options.Keep).Order(StringComparer.Ordinal)], [.. Notes(path, kind, counts, leftOut)]);
    }

    private static IEnumerable<string> Notes(string path, FileKind kind, ReadCounts counts, string? leftOut)
    {
        if (RowSource.KindNote(path, kind) is { } other)
            yield return other;
        if (counts.Layouts.Count > 1)
            yield return $"rows of several layouts: {string.Join(", ", counts.Layouts.Select(pair => $"{pair.Key} {pair.Value.ToString(CultureInfo.InvariantCulture)}"))}";
        if (leftOut is not null)
            yield return leftOut;
        if (s_context.FirstOrDefault(column => counts.Unread.Contains(column) && !counts.Read.Contains(column)) is { } context)
            yield return $"the column {context} is not asked; {nameof(DatasetOptions.Template)} = \"{{{context}}} {{question}}\" asks it";
        if (counts.BoxForm is { } form)
            yield return $"the numbers of boxes are {OptionText.Show(form)}: some rows can be meant in no other way";
        if (counts.Clipped > 0)
            yield return Say(counts.Clipped, "boxes passed the border by at most a pixel and were clipped");
        if (counts.RepeatedIds > 0)
            yield return Say(counts.RepeatedIds, "ids were another row's too and got a number: #2");
        if (counts.LongerTalks > 0)
            yield return Say(counts.LongerTalks, "conversations have several answers; the last one is asked for");
        if (counts.UnlistedChoices > 0)
            yield return Say(counts.UnlistedChoices, "conversations do not name the options that their truth is one of");
    }

    private static string Say(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");

    private sealed class FileState
    {
        public ReadCounts Counts { get; } = new();

        public Dictionary<DatasetLayout, ExampleReader> Readers { get; } = [];

        public List<(Row Row, UndecidedBoxException Problem)> Undecided { get; } = [];

        public DatasetLayout? Layout { get; set; }

        public int Seen { get; set; }

        public DatasetLayout MostRows => Readers.Keys.MaxBy(layout => Counts.Layouts.GetValueOrDefault(layout.Name))!;
    }
}
