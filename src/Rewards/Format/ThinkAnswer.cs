namespace Vlm.Rewards;

/// <summary>1 where the completion is thinking in <c>&lt;think&gt;</c> and then, in TRL's form, any text, or in Visual-RFT's an <c>&lt;answer&gt;</c>.</summary>
/// <remarks>
/// TRL's think_format_reward: <c>^&lt;think&gt;(?!.*&lt;think&gt;)(.*?)&lt;/think&gt;.*$</c>. Visual-RFT (arXiv:2503.01785), ms-swift and
/// VL-Cogito: <c>&lt;think&gt;.*?&lt;/think&gt;\s*&lt;answer&gt;.*?&lt;/answer&gt;</c>, nothing around it. Differs: each tag stands once, and
/// what is answered is not empty, where the published patterns take tags within tags and empty answers.
/// </remarks>
public static class ThinkAnswer
{
    private const string Think = "<think>", ThinkEnd = "</think>", Tag = "<answer>", TagEnd = "</answer>";

    /// <summary>TRL's form: thinking first, then something.</summary>
    /// <param name="completion">All that the model wrote.</param>
    public static Score ThinkScore(string completion) =>
        Rest(completion) is { } rest ? string.IsNullOrWhiteSpace(rest) ? Score.Zero("nothing after the thinking") : Score.One("thinking, then text")
            : Score.Zero("not one <think> at the start with its end");

    /// <summary>Visual-RFT's form: thinking, then an answer in tags, and nothing else.</summary>
    /// <param name="completion">All that the model wrote.</param>
    public static Score AnswerScore(string completion)
    {
        if (Rest(completion) is not { } rest)
            return Score.Zero("not one <think> at the start with its end");
        ReadOnlySpan<char> tagged = rest.AsSpan().Trim();
        if (!tagged.StartsWith(Tag) || !tagged.EndsWith(TagEnd) || tagged.Length < Tag.Length + TagEnd.Length)
            return Score.Zero("not an <answer> and nothing else after the thinking");
        ReadOnlySpan<char> inside = tagged[Tag.Length..^TagEnd.Length];
        if (inside.Contains(Tag, StringComparison.Ordinal) || inside.Contains(TagEnd, StringComparison.Ordinal))
            return Score.Zero("answer tags are repeated");
        return inside.IsWhiteSpace() ? Score.Zero("the answer is empty") : Score.One("thinking, then an answer");
    }

    // What follows the thinking; null where there is not one at the start.
    private static string? Rest(string completion)
    {
        if (!completion.StartsWith(Think, StringComparison.Ordinal) || completion.IndexOf(Think, Think.Length, StringComparison.Ordinal) >= 0)
            return null;
        int end = completion.IndexOf(ThinkEnd, StringComparison.Ordinal);
        return end < 0 || completion.IndexOf(ThinkEnd, end + 1, StringComparison.Ordinal) >= 0 ? null : completion[(end + ThinkEnd.Length)..];
    }
}
