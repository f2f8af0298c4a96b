namespace Vlm.Text;

/// <summary>The end of the match that starts at <paramref name="at"/>; such a pattern matches everywhere.</summary>
internal delegate int PieceScanner(ReadOnlySpan<char> text, int at);

/// <summary>Hand-written scanners for the regular expressions by which byte-level vocabularies cut text.</summary>
internal static class PieceScanners
{
    /// <summary>GPT-2's words.</summary>
    public const string Gpt2Pattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Qwen2's words: one number at a time, and line ends stay with the punctuation before them.</summary>
    public const string QwenPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's words: as Qwen2's, with up to three numbers together.</summary>
    public const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The scanner of a pattern, or null for a pattern that has none.</summary>
    public static PieceScanner? For(string pattern) => pattern switch
    {
        Gpt2Pattern => Gpt2,
        QwenPattern => Qwen2,
        Llama3Pattern => (text, at) => Qwen(text, at, numbers: 3),
        _ => null,
    };

    /// <summary>One match of <see cref="Gpt2Pattern"/>.</summary>
    public static int Gpt2(ReadOnlySpan<char> text, int at)
    {
        int contraction = RuneScan.ContractionEnd(text, at, ignoreCase: false);
        if (contraction > 0)
            return contraction;

        int word = text[at] == ' ' ? at + 1 : at;
        RuneKind kind = RuneScan.KindAt(text, word, out _);
        return kind is RuneKind.Space or RuneKind.None
            ? RuneScan.SpaceEnd(text, at)
            : RuneScan.RunEnd(text, word, kind);
    }

    /// <summary>One match of <see cref="QwenPattern"/>.</summary>
    public static int Qwen2(ReadOnlySpan<char> text, int at) => Qwen(text, at, numbers: 1);

    private static int Qwen(ReadOnlySpan<char> text, int at, int numbers)
    {
        int contraction = RuneScan.ContractionEnd(text, at, ignoreCase: true);
        if (contraction > 0)
            return contraction;

        RuneKind kind = RuneScan.KindAt(text, at, out int length);
        if (kind == RuneKind.Number)
            return NumbersEnd(text, at, numbers);

        bool lineEnd = text[at] is '\r' or '\n';
        int letters = kind == RuneKind.Letter || lineEnd ? at : at + length;
        if (RuneScan.KindAt(text, letters, out _) == RuneKind.Letter)
            return RuneScan.RunEnd(text, letters, RuneKind.Letter);

        int symbols = text[at] == ' ' ? at + 1 : at;
        if (RuneScan.KindAt(text, symbols, out _) == RuneKind.Other)
            return LineEnds(text, RuneScan.RunEnd(text, symbols, RuneKind.Other));

        return SpaceToLastLineEnd(text, at);
    }

    private static int NumbersEnd(ReadOnlySpan<char> text, int at, int most)
    {
        for (int i = 0; i < most && RuneScan.KindAt(text, at, out int length) == RuneKind.Number; i++)
            at += length;
        return at;
    }

    private static int LineEnds(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n')
            at++;
        return at;
    }

    // \s*[\r\n]+ gives back white space until it ends in a line end; without one, \s+(?!\S)|\s+ takes over.
    private static int SpaceToLastLineEnd(ReadOnlySpan<char> text, int at)
    {
        int end = RuneScan.RunEnd(text, at, RuneKind.Space);
        int last = text[at..end].LastIndexOfAny('\r', '\n');
        return last >= 0 ? at + last + 1 : RuneScan.SpaceEnd(text, at);
    }
}
