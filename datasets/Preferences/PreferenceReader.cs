using System.Globalization;

namespace Vlm.Datasets;

/// <summary>Reads the pairs of files, skips as many bad rows as are allowed, and counts.</summary>
internal sealed class PreferenceReader(DatasetOptions options, CancellationToken cancel)
{
    private readonly ColumnMap _map = ColumnMap.Read(options.Columns, [.. options.IgnoreColumns, .. options.Keep], OwnPairs.Added);
    private readonly RowImages _images = new(options.ImageFolder);
    private readonly RowSource _source = new(options);

    /// <summary>Bad rows that were skipped.</summary>
    public IReadOnlyList<SkippedRow> Skipped => _source.Skipped;

    /// <summary>What was read of each file.</summary>
    public List<PreferenceFileReport> Files { get; } = [];

    /// <summary>The pairs of a file in order; its report is there when all have been read.</summary>
    /// <exception cref="UsageException">The file is missing, damaged or of no layout of pairs, or one bad row more than are skipped.</exception>
    public IEnumerable<Preference> Read(string path)
    {
        FileKind kind = FileKinds.Of(path);
        var counts = new ReadCounts();
        var reader = new PairReader(options, _images, counts);
        (int seen, int made, int negative) = (0, 0, 0);
        foreach (RowOrProblem item in _source.Read(path, kind))
        {
            cancel.ThrowIfCancellationRequested();
            seen++;
            if (item.Problem is { } broken)
            {
                _source.Skip(broken);
                continue;
            }

            Row row = item.Row!.With(_map);
            if (seen == 1)
                RowSource.CheckColumns(row);
            foreach (Preference pair in Pairs(row))
            {
                made++;
                negative += pair.Strength < 0 ? 1 : 0;
                yield return pair with { Example = pair.Example with { Id = _source.OwnId(pair.Example.Id, counts) } };
            }
        }

        if (counts.Layouts.Count > 0)
            Files.Add(new(path, kind.Words(), PreferenceLayout.Table[counts.Layouts.MaxBy(pair => pair.Value).Key], seen, made,
                [.. counts.Read.Order(StringComparer.Ordinal)],
                [.. counts.Unread.Except(counts.Read).Order(StringComparer.Ordinal)], [.. Notes(path, kind, counts, reader, negative)]));

        IReadOnlyList<Preference> Pairs(Row row)
        {
            try
            {
                PreferenceLayout layout = PreferenceLayout.Of(row);
                IReadOnlyList<Preference> pairs = reader.Read(row, layout);
                counts.Layouts[layout.Name] = counts.Layouts.GetValueOrDefault(layout.Name) + 1;
                return pairs;
            }
            catch (UsageException bad) when (bad is not OptionException)
            {
                _source.Skip(bad);
                return [];
            }
        }
    }

    private static IEnumerable<string> Notes(string path, FileKind kind, ReadCounts counts, PairReader reader, int negative)
    {
        if (RowSource.KindNote(path, kind) is { } other)
            yield return other;
        if (counts.Layouts.Count > 1)
            yield return $"rows of several layouts: {ReportText.Show(counts.Layouts)}";
        foreach ((string reason, int rows) in reader.Unusable)
            yield return Say(rows, $"rows compare no two answers and are left out: {reason}");
        if (negative > 0)
            yield return Say(negative, "pairs have scores that prefer the rejected answer; they are read as they are labelled");
        if (counts.RepeatedIds > 0)
            yield return Say(counts.RepeatedIds, "ids were another row's too and got a number: #2");
    }

    private static string Say(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");
}
