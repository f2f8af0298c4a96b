using System.Collections;

namespace Vlm;

/// <summary>What is found by its name.</summary>
public interface INamed
{
    /// <summary>The field's word for it, as options and files spell it; unique in its table.</summary>
    string Name { get; }
}

/// <summary>
/// A table of functions that options and files choose from by name. A package of its own adds its rows when it is loaded.
/// Safe to use from several threads.
/// </summary>
/// <typeparam name="T">A row.</typeparam>
public sealed class NamedTable<T> : IReadOnlyList<T>
    where T : INamed
{
    private readonly Lock _adding = new();
    private readonly string _what;
    private volatile T[] _rows = [];

    /// <summary>A table.</summary>
    /// <param name="what">What a row is, for messages: "reward".</param>
    /// <param name="rows">The first of them.</param>
    /// <exception cref="ArgumentException">Two of one name, or one without a name.</exception>
    public NamedTable(string what, params ReadOnlySpan<T> rows)
    {
        _what = what;
        foreach (T row in rows)
            Add(row);
    }

    /// <summary>The names, in the order the rows were added.</summary>
    public IReadOnlyList<string> Names => [.. _rows.Select(row => row.Name)];

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public T this[int index] => _rows[index];

    /// <summary>The row of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public T this[string name] => Find(name, $"{_what} {name}");

    /// <summary>Adds a row.</summary>
    /// <exception cref="ArgumentException">There is one of this name, or it has none.</exception>
    public T Add(T row)
    {
        lock (_adding)
        {
            if (string.IsNullOrWhiteSpace(row.Name) || Contains(row.Name))
                throw new ArgumentException($"a {_what} needs a name of its own, and is named '{row.Name}'", nameof(row));
            _rows = [.. _rows, row];
            return row;
        }
    }

    /// <summary>True where there is a row of this name.</summary>
    public bool Contains(string name) => Array.Exists(_rows, row => row.Name == name);

    /// <summary>The row of a name.</summary>
    /// <param name="name">As it was typed.</param>
    /// <param name="where">What a message points at: the option, or the file and row.</param>
    /// <exception cref="UsageException">There is none; it names the nearest, or all.</exception>
    public T Find(string name, string where)
    {
        T[] rows = _rows;
        int at = Array.FindIndex(rows, row => row.Name == name);
        return at >= 0 ? rows[at] : throw new UsageException(
            $"there is no {_what} '{name}'", where,
            NearestName.Of(name, rows.Select(row => row.Name)) ?? $"one of {string.Join(", ", rows.Select(row => row.Name))}");
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_rows).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
