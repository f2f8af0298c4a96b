namespace Vlm.Rewards;

/// <summary>The texts of options, to be found in answers.</summary>
internal sealed class ChoiceTexts(IReadOnlyList<string> options)
{
    // Read when they are first asked for: most answers are a letter.
    private string[]? _read, _normal;

    // Options that differ in nothing but marks, "x+1" and "x-1", "<" and ">", are compared with them.
    private bool _keepsMarks;

    /// <summary>How many there are.</summary>
    public int Count => options.Count;

    private string[] Options => _read ??= [.. ChoiceOptions.Texts(options).Select(option => PlainText.Of(option).Trim())];

    // Each between spaces, so that whole words are found.
    private string[] Texts => _normal ??= Normals();

    /// <summary>
    /// The options whose text an answer names without denying it, a bit each. An option inside a longer option that was named ("cat"
    /// in "black cat") was not named itself.
    /// </summary>
    public uint NamedIn(string answer)
    {
        string[] texts = Texts;
        string words = Normal(answer);
        uint named = 0;
        foreach (int i in Enumerable.Range(0, texts.Length).OrderByDescending(i => texts[i].Length))
        {
            string text = IsUnspaced(texts[i]) ? texts[i].Trim() : texts[i];
            if (texts[i].Length <= 2 || !words.Contains(text, StringComparison.Ordinal))
                continue;
            named |= IsAffirmed(words, text) ? 1u << i : 0;
            words = words.Replace(text, " | ", StringComparison.Ordinal);
        }

        return named;
    }

    /// <summary>
    /// The option that a whole answer is: its text, white space aside, or the same number, where all options are numbers of the same
    /// unit ("7.0" is "7", "\frac{1}{2}" is "0.5"); -1 where it is none, -2 where it is a number and none of theirs.
    /// </summary>
    public int Whole(string answer)
    {
        ReadOnlySpan<char> bare = answer.AsSpan().Trim().TrimEnd('.');
        for (int i = 0; i < Options.Length; i++)
            if (IsSameText(bare, Options[i]))
                return i;
        return TryNumber(bare.ToString(), out NumberToken said, out string unit) ? WithNumber(said, unit) : -1;
    }

    /// <summary>True where a text begins with the text of an option.</summary>
    public bool StartsWith(ReadOnlySpan<char> text, int option)
    {
        ReadOnlySpan<char> near = text[..Math.Min(text.Length, (2 * Options[option].Length) + 16)];
        return Texts[option] is { Length: > 2 } its && Normal(near.ToString()).StartsWith(its, StringComparison.Ordinal);
    }

    /// <summary>True where a text is that of another option than the one given.</summary>
    public bool IsAnother(ReadOnlySpan<char> text, int option)
    {
        if (text.IsEmpty || IsSameText(text, Options[option]) || text.Length > (2 * Options.Max(one => one.Length)) + 16)
            return false;
        string[] texts = Texts;
        int at = Array.IndexOf(texts, Normal(text.ToString()));
        return at >= 0 && at != option && texts[at].Length > 2;
    }

    private string[] Normals()
    {
        string[] texts = [.. Options.Select(Normal)];
        for (int i = 0; i < texts.Length; i++)
            _keepsMarks |= texts[i].Length <= 2 || Array.IndexOf(texts, texts[i]) < i;
        return _keepsMarks ? [.. Options.Select(Normal)] : texts;
    }

    // A minus sign stays: "-3" is not "3". U+2212 is no mark that goes.
    private string Normal(string text)
    {
        string composed = Unicode.Composed(text);
        if (_keepsMarks)
            return $" {string.Join(' ', composed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.').ToLowerInvariant()} ";
        return $" {NormalizedMatch.Normalize(composed.Contains('-', StringComparison.Ordinal) ? WithMinus(composed) : composed)} ";
    }

    private static string WithMinus(string text) => string.Create(text.Length, text, (to, from) =>
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i] == '-' && i + 1 < from.Length && char.IsDigit(from[i + 1]) && (i == 0 || !char.IsLetterOrDigit(from[i - 1]))
                ? '\u2212' : from[i];
    });

    private static bool IsSameText(ReadOnlySpan<char> said, string option)
    {
        int i = 0;
        foreach (char letter in option)
        {
            if (char.IsWhiteSpace(letter))
                continue;
            while (i < said.Length && char.IsWhiteSpace(said[i]))
                i++;
            if (i == said.Length || char.ToLowerInvariant(said[i++]) != char.ToLowerInvariant(letter))
                return false;
        }

        return said[i..].IsWhiteSpace() && i > 0;
    }

    private int WithNumber(NumberToken said, string unit)
    {
        int found = -2;
        string? units = null;
        for (int i = 0; i < Options.Length; i++)
            if (!TryNumber(Options[i], out NumberToken number, out string its) || its != (units ??= its) || (unit.Length > 0 && unit != units))
                return -1;
            else if (number.Value == said.Value && (number.IsPercent || !said.IsPercent))
                found = found < 0 ? i : -1;
        return found;
    }

    // The number that a text begins with, and what follows it.
    private static bool TryNumber(string text, out NumberToken number, out string unit)
    {
        (int at, unit) = (0, "");
        if (!NumberText.Next(text, ref at, out number) || text.AsSpan(0, number.Start).Trim(" $\u20ac\u00a3").Length > 0)
            return false;
        unit = text[number.End..].Trim();
        return unit.Length <= 8 && !unit.Any(char.IsDigit);
    }

    private static bool IsAffirmed(string words, string text)
    {
        for (int at = 0; (at = words.IndexOf(text, at, StringComparison.Ordinal)) >= 0; at++)
            if (!Denial.Before(words.AsSpan(Math.Max(0, at - Denial.Longest), Math.Min(at, Denial.Longest))))
                return true;
        return false;
    }

    // Chinese and Japanese part no words.
    private static bool IsUnspaced(string text) => text.AsSpan().ContainsAnyInRange('\u3040', '\u9fff');
}
