using System.Globalization;
using System.Text;

namespace Vlm.Text.Jinja;

/// <summary>Python's <c>"%s" % value</c>, in the forms that templates use.</summary>
internal static class Formatting
{
    /// <summary>%s, %r, %d, %i, %x, %f, %.3f, %05.1f and %%.</summary>
    public static string Percent(string format, object? values, Budget budget)
    {
        budget.Size(format.Length);
        List<object?> left = values is Row row ? row : [values];
        var result = new StringBuilder();
        int used = 0;
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
                result.Append(format[at]);
            else if (At(format, at + 1) == '%')
                result.Append(format[++at]);
            else
                result.Append(One(format, ref at, used < left.Count ? left[used++] : throw Lacking(format), budget));
        }

        return result.ToString();
    }

    // From the percent sign to the letter that ends it, where at is left.
    private static string One(string format, ref int at, object? value, Budget budget)
    {
        int start = ++at;
        while (At(format, at) is '-' or '.' || char.IsAsciiDigit(At(format, at)))
            at++;
        string[] sizes = format[start..at].TrimStart('-').Split('.');
        int digits = sizes.Length > 1 ? Size(sizes[1]) : -1;
        string text = Written(At(format, at), value, digits, budget);
        int width = Size(sizes[0]);
        return At(format, start) switch
        {
            '-' => text.PadRight(width),
            '0' => text.PadLeft(width, '0'),
            _ => text.PadLeft(width),
        };
    }

    private static string Written(char letter, object? value, int digits, Budget budget) => letter switch
    {
        's' => Cut(Value.Text(value, budget), digits),
        'r' => Value.Text(new List<object?> { value }, budget)[1..^1],
        'd' or 'i' => Math.Truncate(Operators.ToDouble(value)).ToString("F0", CultureInfo.InvariantCulture),
        'x' => Value.Whole(value).ToString("x", CultureInfo.InvariantCulture),
        'f' => Operators.ToDouble(value).ToString($"F{(digits < 0 ? 6 : digits)}", CultureInfo.InvariantCulture),
        _ => throw new TemplateFault($"the format '%{letter}' is not known here"),
    };

    private static string Cut(string text, int most) => most < 0 || most >= text.Length ? text : text[..most];

    private static int Size(string digits) => digits.Length == 0 ? 0
        : int.TryParse(digits, CultureInfo.InvariantCulture, out int size) && size <= 1000 ? size
        : throw new TemplateFault($"the width {digits} of a format is over 1000");

    private static char At(string text, int at) => at < text.Length ? text[at] : '\0';

    private static TemplateFault Lacking(string format) => new($"there are fewer values than '{format}' has places");
}
