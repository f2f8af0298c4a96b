namespace Vlm.Rewards;

/// <summary><c>&lt;answer&gt;7&lt;/answer&gt;</c>, in any case. A second pair, or half a pair, is no answer: listing guesses would pay.</summary>
internal static class AnswerTag
{
    private const string Open = "<answer>", Close = "</answer>";

    public static AnswerPart Find(string text) => Find(text, out _);

    /// <summary>The inside of the one pair of tags.</summary>
    /// <param name="text">The completion after its thinking.</param>
    /// <param name="after">Where the closing tag ends.</param>
    public static AnswerPart Find(string text, out int after)
    {
        (after, int opens, int closes, int open, int close) = (0, 0, 0, -1, -1);
        for (int at = 0; (at = text.IndexOf('<', at)) >= 0; at++)
            if (IsAt(text, at, Open))
                (opens, open) = (opens + 1, at);
            else if (IsAt(text, at, Close))
                (closes, close) = (closes + 1, at);
        if (opens + closes == 0)
            return AnswerPart.None;
        if (opens > 1 || closes > 1)
            return AnswerPart.Broken("answer tags are repeated");
        if (opens == 0 || closes == 0 || open + Open.Length > close)
            return AnswerPart.Broken("answer tags are not a pair");
        after = close + Close.Length;
        return new AnswerPart(text[(open + Open.Length)..close]).NotEmpty();
    }

    private static bool IsAt(string text, int at, string tag) =>
        text.AsSpan(at).StartsWith(tag, StringComparison.OrdinalIgnoreCase);
}
