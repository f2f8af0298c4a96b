using System.Buffers;

namespace Vlm.Text;

/// <summary>A token that is found in the raw text, before any other step.</summary>
internal sealed record AddedToken(
    int Id, string Content, bool Special, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false);

/// <summary>Where an added token stands in a text, stripped white space included.</summary>
internal readonly record struct AddedMatch(int Start, int End, int Id);

/// <summary>Finds added tokens: the leftmost, and of those that start there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<char> _firsts;
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens
            .Where(token => token.Content.Length > 0)
            .GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(t => t.Content.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The first added token at or after <paramref name="from"/>, or null.</summary>
    public AddedMatch? Next(ReadOnlySpan<char> text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            int step = text[at..].IndexOfAny(_firsts);
            if (step < 0)
                return null;
            at += step;
            foreach (AddedToken token in _byFirst[text[at]])
                if (text[at..].StartsWith(token.Content, StringComparison.Ordinal) && Stands(token, text, at))
                    return Stripped(token, text, at, from);
        }

        return null;
    }

    private static bool Stands(AddedToken token, ReadOnlySpan<char> text, int at)
    {
        int end = at + token.Content.Length;
        return !token.SingleWord
            || ((at == 0 || !IsWord(text[at - 1])) && (end == text.Length || !IsWord(text[end])));
    }

    private static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter == '_';

    private static AddedMatch Stripped(AddedToken token, ReadOnlySpan<char> text, int at, int from)
    {
        (int start, int end) = (at, at + token.Content.Length);
        if (token.LeftStrip)
            start = from + text[from..at].TrimEnd().Length;
        if (token.RightStrip)
            end = text.Length - text[end..].TrimStart().Length;
        return new AddedMatch(start, end, token.Id);
    }
}
