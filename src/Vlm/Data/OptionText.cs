using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm;

/// <summary>Values of options as they are written in messages, in options.json and on command lines.</summary>
public static partial class OptionText
{
    /// <summary>The value as it would be typed; empty for null.</summary>
    /// <param name="value">A number, a text, several texts, a flag, or a member of an enum.</param>
    public static string Show(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        Enum => Kebab(value.ToString()!),
        string[] words => string.Join(' ', words),
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>"GroupSize" in lower case with dashes: "group-size".</summary>
    /// <param name="name">A name of C#.</param>
    public static string Kebab(string name) => WordStart().Replace(name, "-").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();
}
