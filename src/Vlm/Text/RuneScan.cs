using System.Text;

namespace Vlm.Text;

/// <summary>What the pre-tokenizer patterns tell apart. White space is Unicode's White_Space.</summary>
internal enum RuneKind
{
    /// <summary>Past the end of the text.</summary>
    None,
    Letter,
    Number,
    Space,

    /// <summary>Everything else: marks, punctuation, symbols, control characters.</summary>
    Other,
}

/// <summary>
/// Walks a text by code points. .NET's own Regex walks by UTF-16 units, for which letters and digits beyond U+FFFF are
/// neither.
/// </summary>
internal static class RuneScan
{
    /// <summary>The kind of the code point at <paramref name="at"/>, and its length in UTF-16 units.</summary>
    public static RuneKind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        if (at >= text.Length)
        {
            length = 0;
            return RuneKind.None;
        }

        // A lone surrogate decodes to U+FFFD, one unit long.
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return KindOf(rune);
    }

    /// <summary>The end of the run of one kind that starts at <paramref name="at"/>.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int at, RuneKind kind)
    {
        while (KindAt(text, at, out int length) == kind)
            at += length;
        return at;
    }

    /// <summary>
    /// The end of <c>\s+(?!\S)|\s+</c>: white space, but its last character is left to a word that follows.
    /// </summary>
    public static int SpaceEnd(ReadOnlySpan<char> text, int at)
    {
        int end = RunEnd(text, at, RuneKind.Space);
        return end < text.Length && end - at > 1 ? end - 1 : end;   // every White_Space is one unit long
    }

    /// <summary>The end of <c>'s|'t|'re|'ve|'m|'ll|'d</c> at <paramref name="at"/>, or -1.</summary>
    public static int ContractionEnd(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        if (text[at] != '\'' || at + 1 >= text.Length)
            return -1;

        char first = Fold(text[at + 1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
            return at + 2;

        char second = at + 2 < text.Length ? Fold(text[at + 2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : -1;
    }

    private static RuneKind KindOf(Rune rune)
    {
        if (rune.IsAscii)
            return AsciiKind((char)rune.Value);
        if (Rune.IsLetter(rune))
            return RuneKind.Letter;
        if (Rune.IsNumber(rune))
            return RuneKind.Number;
        return Rune.IsWhiteSpace(rune) ? RuneKind.Space : RuneKind.Other;
    }

    private static RuneKind AsciiKind(char letter) => letter switch
    {
        (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') => RuneKind.Letter,
        >= '0' and <= '9' => RuneKind.Number,
        ' ' or (>= '\t' and <= '\r') => RuneKind.Space,
        _ => RuneKind.Other,
    };

    // U+017F, the long s, is the one other character whose case folding is among these letters.
    private static char Fold(char letter, bool ignoreCase)
    {
        if (!ignoreCase)
            return letter;
        return letter == '\u017F' ? 's' : char.ToLowerInvariant(letter);
    }
}
