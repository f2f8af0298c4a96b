using System.Globalization;
using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary>A Parquet file of a run that grows by steps, and that a resumed run cuts back to its checkpoint.</summary>
/// <remarks>
/// While the run goes on, rows lie in parts, <c>NAME/part-N.parquet</c>, N the first step of the part. A part ends before every
/// checkpoint, so a resumed run drops whole parts. When the run finishes, the parts become one file, <c>NAME.parquet</c>.
/// </remarks>
internal sealed class StepTable
{
    internal const string Step = "step", Ending = ".parquet";
    private readonly string _whole, _parts;
    private readonly Column[] _columns;
    private readonly List<IReadOnlyList<object?>> _rows = [];
    private long _firstStep;

    /// <summary>Continues the table of a folder.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="name">The file's, without its ending.</param>
    /// <param name="columns">Those after <c>step</c>, which comes first.</param>
    /// <param name="keep">The last step whose rows are kept; -1 keeps nothing.</param>
    public StepTable(string run, string name, IReadOnlyList<Column> columns, long keep)
    {
        (_whole, _parts) = (Path.Combine(run, name + Ending), Path.Combine(run, name));
        _columns = [new(Step, ColumnType.Integer), .. columns];
        if (File.Exists(_whole))
            Reopen(keep);
        foreach (string part in PartFiles(_parts).Where(part => FirstStepOf(part) > keep))
            File.Delete(part);
    }

    /// <summary>Rows that are not on the disk yet.</summary>
    public int Waiting => _rows.Count;

    /// <summary>The files that hold a table now: the one of a finished run, or its parts in their order.</summary>
    public static IReadOnlyList<string> Files(string run, string name)
    {
        string whole = Path.Combine(run, name + Ending);
        if (File.Exists(whole))
            return [whole];
        string[] parts = PartFiles(Path.Combine(run, name));
        return File.Exists(whole) ? [whole] : parts;        // parts that became one file meanwhile may be deleted in part
    }

    /// <summary>Takes rows of a step; they reach the disk with the next part.</summary>
    /// <param name="step">Not before that of the rows taken before.</param>
    /// <param name="rows">Values of the columns after <c>step</c>.</param>
    public void Add(long step, IEnumerable<IReadOnlyList<object?>> rows)
    {
        if (_rows.Count == 0)
            _firstStep = step;
        _rows.AddRange(rows.Select(row => (IReadOnlyList<object?>)[step, .. row]));
    }

    /// <summary>Writes what was taken as a part.</summary>
    public void Flush()
    {
        if (_rows.Count == 0)
            return;
        ParquetFile.Write(FreePart(), _columns, _rows);
        _rows.Clear();
    }

    /// <summary>Makes one file of the parts.</summary>
    public void Merge()
    {
        Flush();
        string[] parts = PartFiles(_parts);
        if (parts.Length == 0)
            return;
        Copy(parts, keep: long.MaxValue, _whole);
        Directory.Delete(_parts, recursive: true);
    }

    // Two parts may begin with one step: what was asked before the first step, and a stop in the middle of an evaluation.
    private string FreePart() => Enumerable.Range(0, int.MaxValue)
        .Select(n => string.Create(CultureInfo.InvariantCulture, $"part-{_firstStep:0000000000}{(n == 0 ? "" : $"_{n}")}{Ending}"))
        .Select(name => Path.Combine(_parts, name)).First(path => !File.Exists(path));

    // Parts beside the one file are in it already: a run was killed before it deleted them.
    private void Reopen(long keep)
    {
        if (Directory.Exists(_parts))
            Directory.Delete(_parts, recursive: true);
        Copy([_whole], keep, Path.Combine(_parts, "part-0000000000" + Ending));
        File.Delete(_whole);
    }

    // A run of an earlier version lacks columns that were added since: they are null.
    private void Copy(IEnumerable<string> from, long keep, string to) => ParquetFile.Write(to, _columns, from.SelectMany(part =>
    {
        HashSet<string> present = [.. ParquetFile.Columns(part).Select(column => column.Name)];
        return ParquetFile.Read(part, [.. _columns.Select(column => column.Name).Where(present.Contains)])
            .Where(row => row.Get<long>(Step) <= keep)
            .Select(row => (IReadOnlyList<object?>)[.. _columns.Select(column => row.Has(column.Name) ? row[column.Name] : null)]);
    }));

    private static string[] PartFiles(string parts)
    {
        try
        {
            return [.. Directory.GetFiles(parts, "part-*" + Ending).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static long FirstStepOf(string part) =>
        long.Parse(Path.GetFileNameWithoutExtension(part).Split('-', '_')[1], CultureInfo.InvariantCulture);
}
