using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Checkpoints;

/// <summary>
/// An object of a JSON file, read field by field. A field that is absent or null is null; one that is wrong is refused with
/// its name, its value and the rule it breaks.
/// </summary>
/// <param name="Json">The object.</param>
/// <param name="File">The file, for messages.</param>
/// <param name="Fix">What to do about a wrong field; null asks to correct it.</param>
internal sealed record JsonReader(JsonObject Json, string File, string? Fix = null)
{
    private const int Shown = 60;       // characters of a wrong value in a message

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The names of the objects around this one, each with a dot.
    private string Prefix { get; init; } = "";

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It is missing, or is no JSON object.</exception>
    internal static JsonReader Open(string file, string? fix = null) => new(HubFolder.ReadJson(file), file, fix);

    /// <summary>True where the field has a value that is not null.</summary>
    internal bool Has(string name) => Json[name] is not null;

    /// <summary>The object under a name; empty where there is none.</summary>
    internal JsonReader Part(string name) => Json[name] switch
    {
        null => this with { Json = [], Prefix = $"{Prefix}{name}." },
        JsonObject part => this with { Json = part, Prefix = $"{Prefix}{name}." },
        _ => throw Wrong(name, "an object"),
    };

    /// <summary>True or false.</summary>
    internal bool? Flag(string name) => Json[name]?.GetValueKind() switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A text.</summary>
    internal string? Text(string name) => Json[name] is not { } node ? null : AsText(node) ?? throw Wrong(name, "a text");

    /// <summary>A list of texts; one text is a list of one.</summary>
    internal IReadOnlyList<string>? Texts(string name) => Items(name) is not { } items ? null
        : [.. items.Select(item => AsText(item) ?? throw Wrong(name, "a text or a list of them"))];

    /// <summary>A finite number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="range">What the rule says of it, such as "above 0".</param>
    /// <param name="allowed">That rule; null allows all.</param>
    internal double? Number(string name, string range = "", Predicate<double>? allowed = null) =>
        Json[name] is not { } node ? null
        : AsNumber(node) is { } value && allowed?.Invoke(value) != false ? value
        : throw Wrong(name, $"a number {range}".TrimEnd());

    /// <summary>Numbers by name; none where the field is absent.</summary>
    internal Dictionary<string, double> Numbers(string name) => Json[name] switch
    {
        null => [],
        JsonObject fields => fields.ToDictionary(
            item => item.Key, item => AsNumber(item.Value) ?? throw Wrong(name, "an object of numbers")),
        _ => throw Wrong(name, "an object of numbers"),
    };

    /// <summary>A list of so many numbers.</summary>
    internal float[]? Floats(string name, int count) => Json[name] is not { } node ? null
        : node is JsonArray list && list.Count == count && list.All(item => AsNumber(item) is not null)
            ? [.. list.Select(item => (float)AsNumber(item)!.Value)] : throw Wrong(name, $"{count} numbers");

    /// <summary>A whole number within limits.</summary>
    internal long? Whole(string name, long least = long.MinValue, long most = long.MaxValue) => Json[name] is not { } node ? null
        : AsWhole(node) is { } value && value >= least && value <= most ? value : throw Wrong(name, Rule(least, most));

    /// <summary>A whole number within limits, of 32 bits.</summary>
    internal int? Integer(string name, int least = int.MinValue, int most = int.MaxValue) => (int?)Whole(name, least, most);

    /// <summary>A list of whole numbers; one number is a list of one.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">The least of them.</param>
    /// <param name="rule">What the rule says of the field.</param>
    internal int[]? Integers(string name, int least = int.MinValue, string rule = "a whole number or a list of them") =>
        Items(name) is not { } items ? null
        : [.. items.Select(item => AsWhole(item) is { } value && value >= least && value <= int.MaxValue
            ? (int)value : throw Wrong(name, rule))];

    /// <summary>A field that breaks a rule.</summary>
    internal UsageException Wrong(string name, string rule) => new(
        $"\"{Prefix}{name}\" is {Value(Json[name])} and must be {rule}", File,
        Fix ?? $"correct \"{Prefix}{name}\" in {Path.GetFileName(File)}, or download the file again");

    /// <summary>A field that must be there and is not.</summary>
    internal UsageException Missing(string name, string rule) => new(
        $"\"{Prefix}{name}\" is missing, and must be {rule}", File,
        Fix ?? $"add \"{Prefix}{name}\" to {Path.GetFileName(File)}, or download the file again");

    /// <summary>Fields that do not fit each other.</summary>
    internal UsageException Invalid(string problem) =>
        new(problem, File, Fix ?? $"correct {Path.GetFileName(File)}, or download the file again");

    private IEnumerable<JsonNode?>? Items(string name) => Json[name] switch
    {
        null => null,
        JsonArray list => list,
        JsonNode one => (JsonNode?[])[one],
    };

    private static string? AsText(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static double? AsNumber(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        && double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) is var value && double.IsFinite(value) ? value : null;

    // 5.0 is one; a double holds whole numbers up to 2^53.
    private static long? AsWhole(JsonNode? node) =>
        node?.GetValueKind() != JsonValueKind.Number ? null
        : long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
        : AsNumber(node) is { } value && value == Math.Floor(value) && Math.Abs(value) < 1L << 53 ? (long)value : null;

    private static string Value(JsonNode? node)
    {
        string json = node?.ToJsonString(s_plain) ?? "null";
        return json.Length <= Shown ? json : json[..Shown] + "...";
    }

    // The limits of the type itself go without saying.
    private static string Rule(long least, long most) => (least > int.MinValue, most is not (int.MaxValue or long.MaxValue)) switch
    {
        (true, true) => $"a whole number from {least} to {most}",
        (true, false) => $"a whole number of at least {least}",
        (false, true) => $"a whole number of at most {most}",
        _ => "a whole number",
    };
}
