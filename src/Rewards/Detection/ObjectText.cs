using System.Globalization;

namespace Vlm.Rewards;

/// <summary>The fields of one object in braces that say what is where.</summary>
/// <param name="Numbers">The one list of two or four numbers; null where there is none, or more than one.</param>
/// <param name="IsYFirst">The list stands under Gemini's key, <c>box_2d</c>.</param>
/// <param name="Label">Empty where there is none.</param>
/// <param name="Confidence">0 to 1; null where there is none.</param>
internal readonly record struct TextObject(double[]? Numbers, bool IsYFirst, string Label, double? Confidence)
{
    /// <summary>Its box, x first; null where it has none.</summary>
    public Box? Box => Numbers switch
    {
        [var y1, var x1, var y2, var x2] when IsYFirst => new(x1, y1, x2, y2),
        [var x1, var y1, var x2, var y2] => new(x1, y1, x2, y2),
        _ => null,
    };
}

/// <summary>
/// Reads <c>{"bbox_2d": [1, 2, 3, 4], "label": "cat", "confidence": 0.9}</c> and its like, as JSON or Python write it. Innermost braces
/// alone; one that does not close is no object. One pass: a text between quotes is at most <see cref="LongestText"/> letters long.
/// </summary>
internal static class ObjectText
{
    private const int LongestText = 256, MostNumbers = 8;
    private const string YFirst = "box_2d";
    private static readonly string[] s_labels = ["label", "category", "class", "name", "object", "type"];
    private static readonly string[] s_confidences = ["confidence", "score", "conf", "probability"];

    /// <summary>The objects of a text, in their order.</summary>
    public static List<TextObject> Read(ReadOnlySpan<char> text)
    {
        var objects = new List<TextObject>();
        for (int at = 0; at < text.Length && text[at..].IndexOf('{') is >= 0 and var next;)
        {
            at += next + 1;
            if (TryObject(text, ref at, out TextObject found))
                objects.Add(found);
        }

        return objects;
    }

    // From behind the opening brace; where it is no object, the place is where that was seen.
    private static bool TryObject(ReadOnlySpan<char> text, ref int at, out TextObject found)
    {
        (double[]? numbers, bool yFirst, bool twice, string label, double? confidence) = (null, false, false, "", null);
        found = default;
        while (true)
        {
            at = SkipGap(text, at);
            if (at < text.Length && text[at] == '}')
                break;
            if (!TryText(text, ref at, out ReadOnlySpan<char> key) || !Skip(text, ref at, ':'))
                return false;
            at = SkipGap(text, at);
            if (at < text.Length && text[at] is '[' or '(')
            {
                if (List(text, ref at) is { Length: 2 or 4 } list)
                    (twice, numbers, yFirst) = (numbers is not null, list, key.Equals(YFirst, StringComparison.OrdinalIgnoreCase));
            }
            else if (TryText(text, ref at, out ReadOnlySpan<char> said))
            {
                label = Is(key, s_labels) ? said.ToString() : label;
            }
            else
            {
                double? number = Scalar(text, ref at);
                confidence = Is(key, s_confidences) ? number : confidence;
            }
        }

        at++;
        found = new(twice ? null : numbers, yFirst, label, confidence is >= 0 and <= 1 ? confidence : null);
        return true;
    }

    private static bool Is(ReadOnlySpan<char> key, string[] names)
    {
        foreach (string name in names)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    // "..." or '...'; a backslash takes the next letter with it.
    private static bool TryText(ReadOnlySpan<char> text, ref int at, out ReadOnlySpan<char> inside)
    {
        inside = default;
        if (at >= text.Length || text[at] is not ('"' or '\''))
            return false;
        int start = at + 1, most = Math.Min(text.Length, start + LongestText);
        for (int end = start; end < most; end++)
            if (text[end] == '\\')
                end++;
            else if (text[end] == text[at])
            {
                inside = text[start..end];
                at = end + 1;
                return true;
            }

        at = start;
        return false;
    }

    // All numbers up to the bracket that closes the first; null where anything else stands there, or too many.
    private static double[]? List(ReadOnlySpan<char> text, ref int at)
    {
        var numbers = new List<double>();
        for (int depth = 0; at < text.Length;)
            if (text[at] is '[' or '(')
                (depth, at) = (depth + 1, at + 1);
            else if (text[at] is ']' or ')')
            {
                at++;
                if (--depth == 0)
                    return numbers.Count <= MostNumbers ? [.. numbers] : null;
            }
            else if (text[at] == ',' || char.IsWhiteSpace(text[at]))
                at++;
            else if (CoordinateText.TryNumber(text, ref at, out double number))
                numbers.Add(number);
            else
                return null;
        return null;
    }

    // A number; or true, None and their like, which are none.
    private static double? Scalar(ReadOnlySpan<char> text, ref int at)
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '.' or '-' or '+' or '_'))
            at++;
        return double.TryParse(text[start..at], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
    }

    private static bool Skip(ReadOnlySpan<char> text, ref int at, char sign)
    {
        at = SkipGap(text, at);
        if (at >= text.Length || text[at] != sign)
            return false;
        at++;
        return true;
    }

    private static int SkipGap(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (text[at] == ',' || char.IsWhiteSpace(text[at])))
            at++;
        return at;
    }
}
