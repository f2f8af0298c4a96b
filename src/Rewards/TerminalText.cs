using System.Globalization;
using System.Text;

namespace Vlm;

/// <summary>Text of strangers, such as completions and files, as a terminal may show it.</summary>
public static class TerminalText
{
    /// <summary>
    /// One line, whatever the text holds: line breaks, escape sequences and marks that turn the direction of text are written as \n and
    /// \u001B.
    /// </summary>
    /// <param name="text">Any text.</param>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
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
