using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A row of a benchmark's file, asked for by role.</summary>
/// <param name="row">The row.</param>
/// <param name="benchmark">Whose columns it has.</param>
/// <param name="mode">Whose prompts are asked for.</param>
internal sealed class BenchmarkRow(Row row, Benchmark benchmark, ScoringMode mode)
{
    /// <summary>Whose prompts are asked for.</summary>
    public ScoringMode Mode => mode;

    /// <summary>The row itself.</summary>
    public Row Row => row;

    /// <summary>True where the row has a value for a role.</summary>
    public bool Has(string role) => Column(role) is { } column && row.Has(column);

    /// <summary>A text; numbers and flags as people write them.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public string Text(string role) => TextOrNull(role) ?? throw Missing(role);

    /// <summary>A text, or null where the row has none.</summary>
    public string? TextOrNull(string role) => Column(role) is not { } column || !row.Has(column) ? null
        : Values.Text(row[column]) ?? throw row.Wrong($"the {role} in column {column} is {Values.KindOf(row.Peek(column))}", "a text");

    /// <summary>A list of texts: a list, JSON or Python's print of one, a list of named values with an answer each; a single text is one.</summary>
    /// <exception cref="UsageException">There is none, or it is none.</exception>
    public string[] Texts(string role)
    {
        string column = Column(role) is { } found && row.Has(found) ? found : throw Missing(role);
        object? value = Values.Structured(row[column]);
        string[]? texts = Values.Texts(value) ?? Named(value) ?? (Values.Text(value) is { } one ? [one] : null);
        return texts is { Length: > 0 } ? texts
            : throw row.Wrong($"the {role} in column {column} is {Values.KindOf(value)}", "a list of texts");
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="UsageException">There is none, or it is none.</exception>
    public int Whole(string role) => int.TryParse(Text(role), out int number) ? number
        : throw row.Wrong($"the {role} is '{ImageText.Short(Text(role))}'", "a whole number");

    /// <summary>What tables are split by, of those roles that the row has; a list is several parts.</summary>
    public BenchmarkPart[] Parts(params string[] roles) => [.. roles.Where(Has).SelectMany(role => Texts(role)
        .Where(text => !string.IsNullOrWhiteSpace(text)).Select(text => new BenchmarkPart(role, text)))];

    /// <summary>A complaint about what a role holds.</summary>
    public UsageException Wrong(string problem, string fix) => row.Wrong(problem, fix);

    // VQAv2 has [{answer: red, answer_confidence: yes, answer_id: 1}, ...].
    private static string[]? Named(object? value) => value is object?[] { Length: > 0 } list
        && list.All(item => item is IReadOnlyDictionary<string, object?> fields && Values.Text(fields.GetValueOrDefault("answer")) is not null)
            ? [.. list.Select(item => Values.Text(((IReadOnlyDictionary<string, object?>)item!)["answer"])!)] : null;

    private BenchmarkColumn Known(string role) => benchmark.Columns.First(column => column.Role == role);

    // The first that says something; else the first that is there.
    private string? Column(string role) => row.Map.Has(role) ? role
        : Known(role).Names.FirstOrDefault(row.Has) ?? Known(role).Names.FirstOrDefault(IsThere);

    private bool IsThere(string name) => row.Columns.Contains(name.Split('.')[0]);

    private UsageException Missing(string role)
    {
        IReadOnlyList<string> names = Known(role).Names;
        string called = names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} or {names[^1]}";
        return names.FirstOrDefault(IsThere) is { } empty
            ? row.Wrong($"the column {empty} of {benchmark.Name} is empty in this row", $"the {role} in every row, or --skip-bad for rows without")
            : row.Wrong($"{benchmark.Name} needs the {role}, in a column called {called}; the row has {row.ColumnNames}",
                $"{nameof(DatasetOptions.Columns)} = {role}={Nearest(names)}");
    }

    private string Nearest(IReadOnlyList<string> names) => names.Select(name => NearestName.Of(name, row.Columns)).FirstOrDefault(near => near is not null) ?? "COLUMN";
}
