using System.Buffers;

namespace Vlm.Rewards;

/// <summary>
/// The inside of the one pair of tags of another name than "answer": <c>&lt;SOLUTION&gt;</c>, <c>&lt;CONCLUSION&gt;</c> (LLaVA-CoT,
/// arXiv:2411.10440), <c>&lt;|begin_of_solution|&gt;</c> (Sky-T1). A name that is repeated, or half a pair, follows no convention.
/// </summary>
internal static class OtherAnswerTag
{
    // The first of them that a text has; each with its closing tag.
    private static readonly (string Open, string Close)[] s_pairs =
    [
        ("<final_answer>", "</final_answer>"), ("<finalanswer>", "</finalanswer>"), ("<final>", "</final>"), ("<ans>", "</ans>"),
        ("<conclusion>", "</conclusion>"), ("<solution>", "</solution>"),
        ("<|begin_of_solution|>", "<|end_of_solution|>"), ("<response>", "</response>"), ("<|start_response|>", "<|end_response|>"),
        ("<result>", "</result>"), ("<output>", "</output>"),
    ];

    private static readonly SearchValues<string> s_closes =
        SearchValues.Create([.. s_pairs.Select(pair => pair.Close)], StringComparison.OrdinalIgnoreCase);

    public static AnswerPart Find(string text)
    {
        if (!text.Contains('<', StringComparison.Ordinal) || !text.AsSpan().ContainsAny(s_closes))
            return AnswerPart.None;
        foreach ((string open, string close) in s_pairs)
            if (Only(text, close) is >= 0 and var end && Only(text, open) is >= 0 and var start && start + open.Length <= end)
                return new AnswerPart(text[(start + open.Length)..end]).NotEmpty();
        return AnswerPart.None;
    }

    // Where a tag stands; -1 where it does not, or more than once.
    private static int Only(string text, string tag)
    {
        int at = text.IndexOf(tag, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && text.IndexOf(tag, at + tag.Length, StringComparison.OrdinalIgnoreCase) < 0 ? at : -1;
    }
}
