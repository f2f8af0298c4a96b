namespace Vlm.Rewards;

/// <summary>What follows the last <c>####</c> in its line, as solutions of GSM8K end.</summary>
internal static class HashMark
{
    private const string Mark = "####";

    /// <summary>The last one, wherever it stands.</summary>
    public static AnswerPart Find(string text) => Find(text, out _);

    /// <summary>
    /// The last one, where no line with text follows it: else it is a heading of Markdown. A line with the mark alone announces the
    /// next one.
    /// </summary>
    public static AnswerPart FindAtEnd(string text) =>
        Find(text, out int end) is { Text.Length: > 0 } found && text.AsSpan(end).Trim("` \n\r").IsEmpty ? found : AnswerPart.None;

    private static AnswerPart Find(string text, out int end)
    {
        int at = text.Contains('#', StringComparison.Ordinal) ? text.LastIndexOf(Mark, StringComparison.Ordinal) : -1;
        int start = at < 0 ? text.Length : at + Mark.Length;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
            start++;
        end = text.IndexOf('\n', start);
        end = end < 0 ? text.Length : end;
        return at < 0 ? AnswerPart.None : new(text[start..end].Trim());
    }
}
