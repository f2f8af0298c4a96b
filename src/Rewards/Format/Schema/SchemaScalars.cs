using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Keywords of any value, of texts and of numbers.</summary>
internal static class SchemaScalars
{
    private const double Rounding = 1e-9;
    private static readonly string[] s_types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>The check of a keyword; null where it is not known, or its value is not what it should be.</summary>
    public static SchemaCheck? Check(string keyword, JsonElement value) => keyword switch
    {
        "type" => Type(value),
        "enum" => value.ValueKind == JsonValueKind.Array ? Among([.. value.EnumerateArray().Select(SchemaValue.Canonical)]) : null,
        "const" => Among([SchemaValue.Canonical(value)]),
        "pattern" => value.ValueKind == JsonValueKind.String ? Pattern(value.GetString()!) : null,
        _ => value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? Bound(keyword, value.GetDouble()) : null,
    };

    private static SchemaCheck? Type(JsonElement value)
    {
        string?[] types = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Name)] : [Name(value)];
        if (types.Length == 0 || !types.All(s_types.Contains))
            return null;
        return (item, _) => SchemaValue.TypeOf(item) is var type && (types.Contains(type) || (type == "integer" && types.Contains("number")))
            ? null : $"{type} in place of {string.Join(" or ", types)}";
    }

    private static string? Name(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static SchemaCheck Among(string[] values) => (item, _) => values.Contains(SchemaValue.Canonical(item)) ? null : "another value";

    // In time linear in the text, whatever the pattern.
    private static SchemaCheck? Pattern(string pattern)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return (item, _) => item.ValueKind != JsonValueKind.String || regex.IsMatch(item.GetString()!) ? null : $"not like {pattern}";
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static SchemaCheck? Bound(string keyword, double bound) => keyword switch
    {
        "minimum" => Number(bound, "below", number => number >= bound),
        "maximum" => Number(bound, "above", number => number <= bound),
        "exclusiveMinimum" => Number(bound, "not above", number => number > bound),
        "exclusiveMaximum" => Number(bound, "not below", number => number < bound),
        "multipleOf" => bound > 0 ? Number(bound, "no multiple of", number => Math.Abs(Math.IEEERemainder(number, bound)) <= Rounding * bound) : null,
        "minLength" => Length(bound, "shorter than", length => length >= bound),
        "maxLength" => Length(bound, "longer than", length => length <= bound),
        _ => null,
    };

    private static SchemaCheck Number(double bound, string what, Predicate<double> holds) => (item, _) =>
        item.ValueKind != JsonValueKind.Number ? null
        : !double.IsFinite(item.GetDouble()) ? "a number too large to hold" : holds(item.GetDouble()) ? null : Said(what, bound);

    // In characters of Unicode, and not in halves of them.
    private static SchemaCheck Length(double bound, string what, Predicate<int> holds) => (item, _) =>
        item.ValueKind != JsonValueKind.String || holds(item.GetString()!.EnumerateRunes().Count()) ? null : Said(what, bound);

    private static string Said(string what, double bound) => string.Create(CultureInfo.InvariantCulture, $"{what} {bound:R}");
}
