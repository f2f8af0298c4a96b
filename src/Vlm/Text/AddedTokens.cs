using System.Buffers;
using System.Globalization;
using System.Text;

namespace Vlm.Text;

/// <summary>A token that is found in the text before it is cut into pieces.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Decoding can leave it out.</param>
/// <param name="SingleWord">Only where neither neighbour is a letter of a word.</param>
/// <param name="LeftStrip">It takes the white space before it.</param>
/// <param name="RightStrip">It takes the white space after it.</param>
/// <param name="Normalized">
/// True where its normal form is looked for in the normalised text, false where it is looked for in the text as given.
/// </param>
internal sealed record AddedToken(
    int Id, string Content, bool Special, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false,
    bool Normalized = false);

/// <summary>A stretch of a text: an added token with the white space it takes; without id, what lies between.</summary>
internal readonly record struct Segment(int Start, int End, int? Id);

/// <summary>
/// Finds added tokens as Hugging Face tokenizers' <c>added_vocabulary.rs</c> does: the leftmost, and of those that
/// start there the longest; none overlaps another, not even one that is then dropped for not being a single word.
/// </summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<char> _firsts;
    private readonly Dictionary<char, (string Pattern, AddedToken Token)[]> _byFirst;

    /// <param name="tokens">The text to look for, and the token it stands for.</param>
    public AddedTokens(IEnumerable<(string Pattern, AddedToken Token)> tokens)
    {
        _byFirst = tokens
            .Where(entry => entry.Pattern.Length > 0)
            .GroupBy(entry => entry.Pattern[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(e => e.Pattern.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    private readonly record struct Match(AddedToken Token, int Start, int End);

    /// <summary>True where there is nothing to find.</summary>
    public bool IsEmpty => _byFirst.Count == 0;

    /// <summary>
    /// The text's stretches in order. They cover it once, but for white space that one token strips and another one is:
    /// that counts for both, as in the reference, unless the other strips it too.
    /// </summary>
    public List<Segment> Split(ReadOnlySpan<char> text)
    {
        var segments = new List<Segment>();
        int at = 0;
        for (int scan = 0; Next(text, scan) is { } match; scan = match.End)
        {
            if (match.Token.SingleWord && !StandsAlone(text, match.Start, match.End))
                continue;
            (int start, int end) = Stripped(match, text, at);
            if (at < start)
                segments.Add(new Segment(at, start, Id: null));
            if (start < end)
                segments.Add(new Segment(start, end, match.Token.Id));
            at = end;
        }

        if (at < text.Length)
            segments.Add(new Segment(at, text.Length, Id: null));
        return segments;
    }

    private Match? Next(ReadOnlySpan<char> text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            int step = text[at..].IndexOfAny(_firsts);
            if (step < 0)
                return null;
            at += step;
            foreach (var (pattern, token) in _byFirst[text[at]])
                if (text[at..].StartsWith(pattern, StringComparison.Ordinal))
                    return new Match(token, at, at + pattern.Length);
        }

        return null;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text[..start], out Rune before, out _);
        Rune.DecodeFromUtf16(text[end..], out Rune after, out _);
        return (start == 0 || !IsWord(before)) && (end == text.Length || !IsWord(after));
    }

    // \w of Rust's regex: Alphabetic, marks, decimal digits, connectors, and the two joiners. Alphabetic is letters,
    // letter numbers, marks, and the circled and squared letters, which are symbols by category.
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => rune.Value is 0x200C or 0x200D,
    };

    // What the token before has stripped already is not stripped again.
    private static (int Start, int End) Stripped(Match match, ReadOnlySpan<char> text, int at)
    {
        (AddedToken token, int start, int end) = match;
        if (token.LeftStrip)
            start = Math.Max(text[..start].TrimEnd().Length, at);
        if (token.RightStrip)
            end = text.Length - text[end..].TrimStart().Length;
        return (start, Math.Max(start, end));
    }
}
