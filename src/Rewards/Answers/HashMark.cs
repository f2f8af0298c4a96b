namespace Vlm.Rewards;

/// <summary>What follows the last <c>####</c> in its line, as solutions of GSM8K end.</summary>
internal static class HashMark
{
    private const string Mark = "####";

    /// <summary>The last one, wherever it stands.</summary>
    public static AnswerPart Find(string text) => Find(text, out _);

    /// <summary>The last one, where no line with text follows it: else it is a heading of Markdown.</summary>
    public static AnswerPart FindAtEnd(string text) =>
        Find(text, out int end) is { Text.Length: > 0 } found && text.AsSpan(end).IsWhiteSpace() ? found : AnswerPart.None;

    private static AnswerPart Find(string text, out int end)
    {
        int at = text.Contains('#', StringComparison.Ordinal) ? text.LastIndexOf(Mark, StringComparison.Ordinal) : -1;
        end = at < 0 ? -1 : text.IndexOf('\n', at);
        end = end < 0 ? text.Length : end;
        return at < 0 ? AnswerPart.None : new(text[(at + Mark.Length)..end].Trim());
    }
}
