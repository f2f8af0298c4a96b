namespace Vlm.Rewards.Learned;

/// <summary>Where the segments of an answer end: sentences, and the clauses and items of a list within them.</summary>
/// <remarks>A segment ends after . ! ? ; , and before the word "and"; Chinese marks end one too. Numbers keep their points and commas.</remarks>
public static class TextSegments
{
    private const string Marks = ".!?;,", Wide = "。！？；，、";

    /// <summary>Letters of the text before the end of each segment, rising; the last is the end of what is written.</summary>
    /// <param name="text">An answer.</param>
    public static int[] Ends(string text)
    {
        int last = text.TrimEnd().Length;
        var ends = new List<int>();
        for (int i = 0; i < last; i++)
        {
            if (Ends(text, i) is { } end && HasLetter(text, ends.Count == 0 ? 0 : ends[^1], end))
                ends.Add(end);
        }
        if (last > 0 && (ends.Count == 0 || ends[^1] < last) && HasLetter(text, ends.Count == 0 ? 0 : ends[^1], last))
            ends.Add(last);
        return [.. ends];
    }

    // The end of a segment that the letter at a place makes; null where it makes none.
    private static int? Ends(string text, int at)
    {
        char letter = text[at];
        if (Wide.Contains(letter) || letter == '\n')
            return at + 1;
        if (Marks.Contains(letter))
            return at + 1 == text.Length || char.IsWhiteSpace(text[at + 1]) ? at + 1 : null;
        return letter == ' ' && text.AsSpan(at + 1).StartsWith("and ", StringComparison.OrdinalIgnoreCase) ? at : null;
    }

    private static bool HasLetter(string text, int from, int to) => text.AsSpan(from, to - from).ContainsAnyInRange('0', '\uFFFF')
        && text[from..to].Any(char.IsLetterOrDigit);
}
