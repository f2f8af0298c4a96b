namespace Vlm.Datasets;

/// <summary>Which columns of a file stand for which role, as <see cref="DatasetOptions.Columns"/> says.</summary>
internal sealed class ColumnMap
{
    /// <summary>Other names that people type for a role.</summary>
    private static readonly Dictionary<string, string> s_aliases = new()
    {
        ["problem"] = "question",
        ["query"] = "question",
        ["solution"] = "answer",
        ["response"] = "answer",
        ["ground_truth"] = "answer",
        ["options"] = "choices",
        ["bbox"] = "box",
        ["conversations"] = "messages",
        ["prompt"] = "messages",
    };

    /// <summary>What a column can be.</summary>
    internal static readonly string[] Roles =
    [
        "question", "messages", "answer", "truth", "image", "images", "choices", "box", "frame", "frame_size",
        "answer_type", "kind", "id", "system", "reward", "metric",
    ];

    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private ColumnMap()
    {
    }

    /// <summary>Every column is what it is called.</summary>
    public static ColumnMap None { get; } = new();

    /// <summary>The roles that were given a column.</summary>
    public IReadOnlyDictionary<string, string> Given => _columns;

    /// <summary>Reads "answer=solution,image=picture".</summary>
    /// <exception cref="OptionException">A word without =, a role that is none, or a role or column given twice.</exception>
    /// <param name="words">The pairs.</param>
    /// <param name="ignored">Columns that are not read.</param>
    /// <param name="more">Roles beside <see cref="Roles"/>.</param>
    public static ColumnMap Read(IReadOnlyList<string> words, IReadOnlyList<string> ignored, params string[] more)
    {
        var map = new ColumnMap();
        string[] roles = [.. Roles, .. more];
        foreach (string word in words.SelectMany(word => word.Split(',')).Select(word => word.Trim()).Where(word => word.Length > 0))
            map.Add(word, words, roles);
        foreach (string column in ignored.SelectMany(word => word.Split(',')).Select(word => word.Trim()))
            map._taken.Add(column);
        return map;
    }

    /// <summary>The column that is asked for under a name; null for one that stands for another role, or is ignored.</summary>
    public string? Of(string asked) =>
        _columns.TryGetValue(asked, out string? column) ? column : _taken.Contains(asked) ? null : asked;

    /// <summary>True where this role was given a column.</summary>
    public bool Has(string role) => _columns.ContainsKey(role);

    private void Add(string word, IReadOnlyList<string> words, string[] roles)
    {
        string[] parts = word.Split('=', 2);
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            throw Wrong($"'{word}' is no column for a role", words, "answer=solution");
        string role = s_aliases.GetValueOrDefault(parts[0], parts[0]);
        if (!roles.Contains(role))
            throw Wrong(
                $"a row has no '{parts[0]}': it has {string.Join(", ", roles)}", words,
                $"{NearestName.Of(role, roles) ?? "answer"}={parts[1]}");
        if (!_columns.TryAdd(role, parts[1]))
            throw Wrong($"'{role}' is given two columns, {_columns[role]} and {parts[1]}", words, word);
        _taken.Add(parts[1]);
    }

    private static OptionException Wrong(string problem, IReadOnlyList<string> words, string works) =>
        new(problem, nameof(DatasetOptions.Columns), string.Join(' ', words), $"{nameof(DatasetOptions.Columns)} = {works}");
}
