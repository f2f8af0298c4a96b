using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Vlm.Datasets;

/// <summary>Values of rows: text, whole numbers, numbers, flags, bytes, lists, named values, or null.</summary>
internal static class Values
{
    /// <summary>True of null, an empty text or list, and NaN, by which pandas means null: a column that says nothing in this row.</summary>
    public static bool IsNothing(object? value) =>
        value is null or "" or double.NaN or object?[] { Length: 0 } || (value is object?[] list && Array.TrueForAll(list, IsNothing));

    /// <summary>A single value as people write it; null for bytes, lists and named values.</summary>
    public static string? Text(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The value, or what it says where it is JSON written as a text, as files without nested columns hold it.</summary>
    public static object? Structured(object? value)
    {
        if (value is not string text || text.AsSpan().TrimStart() is not ['[' or '{', ..])
            return value;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return OfJson(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return value;
        }
    }

    /// <summary>A list of texts: itself, JSON, or a list as Python prints it; null where it is none.</summary>
    public static string[]? Texts(object? value)
    {
        object? known = Structured(value);
        if (known is string written && PythonList.Read(written) is { } items)
            return items;
        return known is object?[] list && list.All(item => Text(item) is not null)
            ? [.. list.Select(item => Text(item)!)] : null;
    }

    /// <summary>A list of numbers, or null.</summary>
    public static double[]? Numbers(object? value) =>
        Structured(value) is object?[] list && list.All(item => item is double or long)
            ? [.. list.Select(item => Convert.ToDouble(item, CultureInfo.InvariantCulture))] : null;

    /// <summary>The values of a list, the value itself, or nothing for null; lists in lists are laid out.</summary>
    public static IEnumerable<object> Listed(object? value) => value switch
    {
        null or "" => [],
        object?[] many => many.SelectMany(Listed),
        _ => [value],
    };

    /// <summary>What kind of value it is, for messages.</summary>
    public static string KindOf(object? value) => value switch
    {
        null => "nothing",
        string => "a text",
        bool => "true or false",
        long or double => "a number",
        byte[] => "bytes",
        IDictionary or IReadOnlyDictionary<string, object?> => "named values",
        _ => "a list",
    };

    /// <summary>What JSON says. Of a name given twice the last counts, as in most readers.</summary>
    public static object? OfJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => NumberOf(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(OfJson).ToArray(),
        JsonValueKind.Object => Fields(element),
        _ => null,
    };

    // A whole number of more than 18 digits, or one beyond double, stays as it is written.
    private static object NumberOf(JsonElement element)
    {
        if (element.TryGetInt64(out long whole))
            return whole;
        string written = element.GetRawText();
        return element.GetDouble() is var number && double.IsFinite(number) && written.AsSpan().ContainsAny('.', 'e', 'E') ? number : written;
    }

    private static Dictionary<string, object?> Fields(JsonElement element)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
            fields[property.Name] = OfJson(property.Value);
        return fields;
    }
}
