using System.Globalization;

namespace Vlm.Datasets;

/// <summary>The rows of files that are asked for; which of them are bad; and which names are taken.</summary>
/// <param name="options">Which rows, and how many bad ones are skipped.</param>
internal sealed class RowSource(DatasetOptions options)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>Bad rows that were skipped.</summary>
    public List<SkippedRow> Skipped { get; } = [];

    /// <summary>The rows of a file that meet the condition, as many as are asked for.</summary>
    /// <exception cref="UsageException">As <see cref="Rows.Read(string, FileKind)"/>, or a condition that is none.</exception>
    public IEnumerable<RowOrProblem> Read(string path, FileKind kind)
    {
        IEnumerable<RowOrProblem> rows = Rows.Read(path, kind);
        if (options.Where is { } condition)
        {
            HashSet<long> wanted = RowFilter.Numbers(path, kind, condition);
            rows = rows.Where((_, number) => wanted.Contains(number));
        }

        return Limited(rows);
    }

    /// <summary>The first of some rows, as many as are asked for.</summary>
    public IEnumerable<RowOrProblem> Limited(IEnumerable<RowOrProblem> rows) => options.Limit is { } most ? rows.Take(most) : rows;

    /// <summary>Counts a bad row.</summary>
    /// <exception cref="UsageException">It is one more than are skipped.</exception>
    public void Skip(UsageException bad)
    {
        if (Skipped.Count >= options.SkipBad)
            throw Skipped.Count == 0 ? bad : new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"{bad.Message} (the bad row after {Skipped.Count} that were skipped)"), bad.Where, bad.Fix);
        Skipped.Add(new(bad.Where, bad.Message));
    }

    /// <summary>The id, or the id with a number where another row has it.</summary>
    public string OwnId(string id, ReadCounts counts)
    {
        if (_ids.Add(id))
            return id;
        counts.RepeatedIds++;
        int copy = 2;
        while (!_ids.Add(string.Create(CultureInfo.InvariantCulture, $"{id}#{copy}")))
            copy++;
        return string.Create(CultureInfo.InvariantCulture, $"{id}#{copy}");
    }

    /// <summary>Refuses columns for a role that no row has.</summary>
    /// <exception cref="UsageException">There is no such column.</exception>
    public static void CheckColumns(Row row)
    {
        foreach ((string role, string column) in row.Map.Given)
            if (!row.Columns.Contains(column) && !row.Columns.Contains(column.Split('.')[0]))
                throw Roles.Missing(row, role);
    }

    /// <summary>What to say of a file whose name says that it is something else.</summary>
    public static string? KindNote(string path, FileKind kind)
    {
        string ending = Path.GetExtension(DataStream.Unpacked(path));
        bool Ends(string other) => ending.Equals(other, StringComparison.OrdinalIgnoreCase);
        return kind == FileKind.Parquet != Ends(".parquet") || kind == FileKind.Csv != (Ends(".csv") || Ends(".tsv"))
            ? $"{Path.GetFileName(path)} is {kind.Words()}, whatever its name says, and is read as such" : null;
    }
}
