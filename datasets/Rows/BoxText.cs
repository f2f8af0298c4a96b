using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>Boxes as files write them.</summary>
internal static partial class BoxText
{
    private static readonly string[] s_names = ["bbox_2d", "bbox", "box", "box_2d", "bounding_box"];

    private static readonly string[] s_edges = ["x1", "y1", "x2", "y2"];

    /// <summary>"[10, 20.5, 30, 40]".</summary>
    public static string Show(IEnumerable<double> numbers) =>
        $"[{string.Join(", ", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]";

    /// <summary>
    /// The four numbers of a value that is one box and nothing else: a list, JSON with bbox_2d (in a code block too), x1 to y2,
    /// or the tokens of Qwen2-VL. Null where it is none, or several.
    /// </summary>
    public static double[]? Read(object? value)
    {
        if (value is string text)
            return OfText(text.Trim());
        if (Values.Numbers(value) is { Length: 4 } numbers)
            return numbers;
        return value switch
        {
            object?[] and [var only] => Read(only),
            IReadOnlyDictionary<string, object?> fields => OfFields(fields),
            _ => null,
        };
    }

    /// <summary>How many boxes a list of boxes has; 0 where it is no such list.</summary>
    public static int Count(object? value)
    {
        if (value is string text && Fenced().Match(text.Trim()) is { Success: true } fenced)
            value = fenced.Groups[1].Value;
        return Values.Structured(value) is object?[] { Length: > 1 } list && list.All(item => item is not string && Read(item) is not null)
            ? list.Length : 0;
    }

    private static double[]? OfText(string text)
    {
        if (Fenced().Match(text) is { Success: true } fenced)
            text = fenced.Groups[1].Value.Trim();
        if (Pairs().Match(text) is { Success: true } pairs)
            return [.. pairs.Groups["n"].Captures.Select(number => double.Parse(number.ValueSpan, CultureInfo.InvariantCulture))];
        return Values.Structured(text) is { } value and not string ? Read(value) : null;
    }

    private static double[]? OfFields(IReadOnlyDictionary<string, object?> fields)
    {
        if (s_names.FirstOrDefault(fields.ContainsKey) is { } name)
            return Read(fields[name]);
        object?[] edges = [.. s_edges.Select(name => fields.GetValueOrDefault(name))];
        return edges.All(edge => edge is double or long) ? Values.Numbers(edges) : null;
    }

    private const string N = @"\s*(?<n>-?[0-9]{1,7}(?:\.[0-9]{1,17})?)\s*";

    // Qwen2-VL: <|box_start|>(x1,y1),(x2,y2)<|box_end|>
    [GeneratedRegex($@"\A(?:<\|box_start\|>)?\({N},{N}\),\({N},{N}\)(?:<\|box_end\|>)?\z")]
    private static partial Regex Pairs();

    [GeneratedRegex(@"\A```(?:json)?\s*(.*?)\s*```\z", RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
