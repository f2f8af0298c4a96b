using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A row of a benchmark's file, asked for by role.</summary>
public sealed class BenchmarkRow
{
    private readonly Row _row;
    private readonly Benchmark _benchmark;

    internal BenchmarkRow(Row row, Benchmark benchmark, ScoringMode mode, IReadOnlyList<ImageSource> images) =>
        (_row, _benchmark, Mode, Images) = (row, benchmark, mode, images);

    /// <summary>Whose prompts are asked for.</summary>
    public ScoringMode Mode { get; }

    /// <summary>The images of the row, in the order of its columns.</summary>
    public IReadOnlyList<ImageSource> Images { get; }

    /// <summary>True where the row has a value for a role.</summary>
    public bool Has(string role) => Column(role) is { } column && _row.Has(column);

    /// <summary>A text; numbers and flags as people write them.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public string Text(string role) => TextOrNull(role) ?? throw Missing(role);

    /// <summary>A text, or null where the row has none.</summary>
    public string? TextOrNull(string role) => Column(role) is not { } column || !_row.Has(column) ? null
        : Values.Text(_row[column]) ?? throw _row.Wrong($"the {role} in column {column} is {Values.KindOf(_row.Peek(column))}", "a text");

    /// <summary>A list of texts: a list, JSON or Python's print of one, a list of named values with an answer each; a single text is one.</summary>
    /// <exception cref="UsageException">There is none, or it is none.</exception>
    public string[] Texts(string role)
    {
        string column = Filled(role);
        object? value = Values.Structured(_row[column]);
        string[]? texts = Values.Texts(value) ?? Named(value) ?? (Values.Text(value) is { } one ? [one] : null);
        return texts is { Length: > 0 } ? texts
            : throw _row.Wrong($"the {role} in column {column} is {Values.KindOf(value)}", "a list of texts");
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="UsageException">There is none, or it is none.</exception>
    public int Whole(string role) => int.TryParse(Text(role), out int number) ? number
        : throw _row.Wrong($"the {role} is '{ImageText.Short(Text(role))}'", "a whole number");

    /// <summary>The row's own id; null where it has none.</summary>
    public string? Id => _row.Id;

    /// <summary>VLMEvalKit's number of the row; null where it has none.</summary>
    public long? Index => _row.Peek("index") is { } value && long.TryParse(Values.Text(value), out long index) ? index : null;

    /// <summary>What is said before the question; null where nothing is, or pandas' "nan".</summary>
    public string? Hint() => !_benchmark.Columns.Any(column => column.Role == "hint") || TextOrNull("hint") is not { } hint
        || string.IsNullOrWhiteSpace(hint) || hint == "nan" ? null : hint;

    /// <summary>A list of numbers, as many as are wanted.</summary>
    /// <exception cref="UsageException">There is none, or it is none, or has another count.</exception>
    public double[] Numbers(string role, int count)
    {
        string column = Filled(role);
        return Finite(_row[column], count)
            ?? throw _row.Wrong($"the {role} in column {column} is {Said(_row.Peek(column))}", $"a list of {count} numbers");
    }

    /// <summary>Lists of numbers, each of as many as are wanted.</summary>
    /// <exception cref="UsageException">There is none, or it is none, or one has another count.</exception>
    public double[][] Lists(string role, int count)
    {
        string column = Filled(role);
        object? value = Values.Structured(_row[column]);
        double[][] lists = value is object?[] many ? [.. many.Select(one => Finite(one, count)).OfType<double[]>()] : [];
        return value is object?[] all && lists.Length == all.Length ? lists
            : throw _row.Wrong($"the {role} in column {column} are {Said(value)}", $"a list of lists of {count} numbers");
    }

    /// <summary>The size of the row's image in pixels.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be read.</exception>
    public Rewards.Extent ImageSize() => Images is [var image, ..] && image.Size(_row.Where) is var (width, height) ? new(width, height)
        : throw _row.Wrong(
            $"the row has no image, and {_benchmark.Name} asks about images", "a column called image, with the bytes or the path of one");

    /// <summary>What tables are split by, of those roles that the row has; a list is several parts.</summary>
    public BenchmarkPart[] Parts(params string[] roles) => [.. roles.Where(Has).SelectMany(role => Texts(role)
        .Where(text => !string.IsNullOrWhiteSpace(text)).Select(text => new BenchmarkPart(role, text)))];

    /// <summary>A complaint about what a role holds.</summary>
    public UsageException Wrong(string problem, string fix) => _row.Wrong(problem, fix);

    // VQAv2 has [{answer: red, answer_confidence: yes, answer_id: 1}, ...].
    private static string[]? Named(object? value) => value is object?[] { Length: > 0 } list
        && list.All(item => item is IReadOnlyDictionary<string, object?> fields && Values.Text(fields.GetValueOrDefault("answer")) is not null)
            ? [.. list.Select(item => Values.Text(((IReadOnlyDictionary<string, object?>)item!)["answer"])!)] : null;

    // As many finite numbers as are wanted; else null.
    private static double[]? Finite(object? value, int count) =>
        Values.Numbers(value) is { } numbers && numbers.Length == count && numbers.All(double.IsFinite) ? numbers : null;

    private static string Said(object? value) => ImageText.Short(Values.Text(value) ?? Values.KindOf(value));

    private string Filled(string role) => Column(role) is { } column && _row.Has(column) ? column : throw Missing(role);

    private BenchmarkColumn Known(string role) => _benchmark.Columns.First(column => column.Role == role);

    // The first that says something; else the first that is there.
    private string? Column(string role) => _row.Map.Has(role) ? role
        : Known(role).Names.FirstOrDefault(_row.Has) ?? Known(role).Names.FirstOrDefault(IsThere);

    private bool IsThere(string name) => _row.Map.Of(name) is not null && _row.Columns.Contains(name.Split('.')[0]);

    private UsageException Missing(string role)
    {
        IReadOnlyList<string> names = Known(role).Names;
        string called = names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} or {names[^1]}";
        return names.FirstOrDefault(IsThere) is { } empty
            ? _row.Wrong(
                $"the column {empty} of {_benchmark.Name} is empty in this row", $"the {role} in every row, or --skip-bad for rows without")
            : _row.Wrong($"{_benchmark.Name} needs the {role}, in a column called {called}; the row has {_row.ColumnNames}",
                $"{nameof(DatasetOptions.Columns)} = {role}={Nearest(names)}");
    }

    private string Nearest(IReadOnlyList<string> names) =>
        names.Select(name => NearestName.Of(name, _row.Columns)).FirstOrDefault(near => near is not null) ?? "COLUMN";
}
