namespace Vlm.Tables;

/// <summary>One row of a table or of a query's result.</summary>
/// <remarks>
/// Values are <see cref="string"/>, <c>byte[]</c>, <see cref="long"/> (all whole numbers; those of more than 64 bits
/// are text), <see cref="double"/> (all other numbers, decimals too), <see cref="bool"/>, <c>object?[]</c> for lists (a
/// map is a list of key and value), a read-only dictionary for structs, or null. Dates and times are text as in ISO
/// 8601.
/// </remarks>
public sealed class TableRow
{
    private readonly IReadOnlyDictionary<string, int> _index;
    private readonly object?[] _values;

    internal TableRow(IReadOnlyDictionary<string, int> index, object?[] values) => (_index, _values) = (index, values);

    /// <summary>The names of the columns, in order.</summary>
    public IEnumerable<string> Columns => _index.Keys;

    /// <summary>The values, in the order of the columns.</summary>
    public IReadOnlyList<object?> Values => _values;

    /// <summary>The value of a column, or null.</summary>
    public object? this[string column] => _index.TryGetValue(column, out int at)
        ? _values[at]
        : throw new ArgumentException(
            $"no column {column}; there are {string.Join(", ", _index.Keys)}", nameof(column));

    /// <summary>True where the table has this column.</summary>
    public bool Has(string column) => _index.ContainsKey(column);

    /// <summary>The value of a column that must be there and of this type.</summary>
    public T Get<T>(string column) => this[column] is T value
        ? value
        : throw new InvalidCastException(
            $"column {column} holds {this[column]?.GetType().Name ?? "null"} where {typeof(T).Name} was expected");
}
