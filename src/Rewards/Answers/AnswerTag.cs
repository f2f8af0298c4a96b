namespace Vlm.Rewards;

/// <summary><c>&lt;answer&gt;7&lt;/answer&gt;</c>, in any case. A second pair, or half a pair, is no answer: listing guesses would pay.</summary>
internal static class AnswerTag
{
    private const string Open = "<answer>", Close = "</answer>";

    public static AnswerPart Find(string text) =>
        Problem(text, out Range inside, out _) is { } problem ? new(null, problem) : new AnswerPart(text[inside]).NotEmpty();

    /// <summary>What keeps a text from having one pair of tags; empty where it has none at all, null where it has the pair.</summary>
    /// <param name="text">The completion after its thinking.</param>
    /// <param name="inside">What stands between the tags.</param>
    /// <param name="after">Where the closing tag ends.</param>
    public static string? Problem(string text, out Range inside, out int after)
    {
        (inside, int opens, int closes, int open, int close) = (default, 0, 0, -1, -1);
        for (int at = 0; (at = text.IndexOf('<', at)) >= 0; at++)
            if (IsAt(text, at, Open))
                (opens, open) = (opens + 1, at + Open.Length);
            else if (IsAt(text, at, Close))
                (closes, close) = (closes + 1, at);
        after = close + Close.Length;
        if (opens + closes == 0)
            return "";
        if (opens > 1 || closes > 1)
            return "answer tags are repeated";
        if (opens == 0 || closes == 0 || open > close)
            return "answer tags are not a pair";
        inside = open..close;
        return null;
    }

    private static bool IsAt(string text, int at, string tag) => at + tag.Length <= text.Length
        && (text[at + 1] | 0x20) == (tag[1] | 0x20) && text.AsSpan(at, tag.Length).Equals(tag, StringComparison.OrdinalIgnoreCase);
}
