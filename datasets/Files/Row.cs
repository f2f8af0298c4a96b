using System.Globalization;

namespace Vlm.Datasets;

/// <summary>One row of a file of any layout, and which of its columns have been read.</summary>
/// <param name="fields">As a <see cref="Tables.TableRow"/> holds them.</param>
/// <param name="name">Unique in the files of one folder: the file's name and the row's number from 1.</param>
/// <param name="where">The file and line, for messages.</param>
/// <param name="folder">The folder of the file.</param>
internal sealed class Row(IReadOnlyDictionary<string, object?> fields, string name, string where, string folder)
{
    private const int MostNamed = 30;

    private static readonly string[] s_ids = ["id", "question_id", "pid", "qid", "uid", "uuid"];

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Unique in the files of one folder.</summary>
    public string Name => name;

    /// <summary>The file and line, and the row's own id where it has one.</summary>
    public string Where => Id is { } id ? $"{where} (id {ImageText.Short(id)})" : where;

    /// <summary>The row's own id; null where it has none.</summary>
    public string? Id => s_ids.Select(name => Values.Text(Peek(name))).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));

    /// <summary>The folder of the file.</summary>
    public string Folder => folder;

    /// <summary>Which columns stand for which.</summary>
    public ColumnMap Map { get; init; } = ColumnMap.None;

    /// <summary>The names of its columns.</summary>
    public IEnumerable<string> Columns => fields.Keys;

    /// <summary>Its columns in words, for messages.</summary>
    public string ColumnNames => fields.Count == 0 ? "none" : string.Join(", ", fields.Keys.Take(MostNamed)) + (fields.Count > MostNamed
        ? string.Create(CultureInfo.InvariantCulture, $" and {fields.Count - MostNamed:N0} more") : "");

    /// <summary>Columns whose value was asked for.</summary>
    public IReadOnlyCollection<string> Read => _read;

    /// <summary>Columns with a value that nobody asked for.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Unread =>
        fields.Where(pair => !_read.Contains(pair.Key) && !Values.IsNothing(pair.Value));

    /// <summary>
    /// The value of a column, or of a field inside one: <c>reward_model.ground_truth</c>. Null where there is none.
    /// </summary>
    public object? this[string column]
    {
        get
        {
            if (Find(column) is not { } found)
                return null;
            _read.Add(found.Column);
            return found.Value;
        }
    }

    /// <summary>Counts the column of its id as read.</summary>
    public void ReadId() => _read.UnionWith(s_ids.Where(fields.ContainsKey).Take(1));

    /// <summary>True where a column has a value; it does not count as read.</summary>
    public bool Has(string column) => !Values.IsNothing(Peek(column));

    /// <summary>The value of a column that does not count as read.</summary>
    public object? Peek(string column) => Find(column)?.Value;

    /// <summary>The value of a column as the file has it, whatever the map says.</summary>
    public object? Raw(string column) => fields.GetValueOrDefault(column);

    /// <summary>The same row with other names for its columns.</summary>
    public Row With(ColumnMap map) => new(fields, name, where, folder) { Map = map };

    /// <summary>The same row without some of its columns.</summary>
    public Row Without(IReadOnlyList<string> columns) => new(
        fields.Where(field => !columns.Contains(field.Key)).ToDictionary(field => field.Key, field => field.Value, StringComparer.Ordinal),
        name, where, folder)
    {
        Map = Map,
    };

    /// <summary>A complaint about this row.</summary>
    public UsageException Wrong(string problem, string fix) => new(problem, Where, fix);

    private (string Column, object? Value)? Find(string asked)
    {
        if (Map.Of(asked) is not { } column)
            return null;
        if (fields.TryGetValue(column, out object? value))
            return (column, value is double.NaN ? null : value);        // pandas' null
        int dot = column.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !fields.TryGetValue(column[..dot], out object? outer))
            return null;
        foreach (string inner in column[(dot + 1)..].Split('.'))
            if (Values.Structured(outer) is IReadOnlyDictionary<string, object?> named)
                outer = named.GetValueOrDefault(inner);
            else
                return null;
        return (column[..dot], outer);
    }
}
