using System.Globalization;
using System.Text;

namespace Vlm;

/// <summary>A mistake the person at the keyboard can fix: printed as three lines, exit code 2, no stack trace.</summary>
/// <param name="problem">What is wrong, with the value that is wrong and the rule it breaks.</param>
/// <param name="where">The option, or the file and line, to look at.</param>
/// <param name="fix">Something that can be typed or pasted.</param>
public class UsageException(string problem, string where, string fix) : Exception(problem)
{
    /// <summary>The option, or the file and line, to look at.</summary>
    public string Where { get; } = where;

    /// <summary>Something that can be typed or pasted.</summary>
    public string Fix { get; } = fix;

    /// <summary>What the command line prints to standard error.</summary>
    /// <remarks>
    /// Three lines, whatever the values in them hold: line breaks, escape sequences and marks that turn the direction of text
    /// come from files of strangers, and are written as \n and \u001B.
    /// </remarks>
    public string Render() => $"error: {Shown(Message)}\n   at: {Shown(Where)}\n  try: {Shown(Fix)}";

    /// <summary>The three lines, and where it was thrown: what .NET prints of an exception that nobody catches.</summary>
    public override string ToString() => $"{Render()}\n{StackTrace}";

    private static string Shown(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (char letter in text)
            _ = letter switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when MovesText(letter) => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
                _ => shown.Append(letter),
            };
        return shown.ToString();
    }

    // Control characters, line and paragraph separators, and those that turn the direction of what follows (Unicode 9, UAX #9).
    private static bool MovesText(char letter) => char.IsControl(letter)
        || letter is (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C';
}
