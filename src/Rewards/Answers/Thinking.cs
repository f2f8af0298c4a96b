using System.Buffers;

namespace Vlm.Rewards;

/// <summary>Takes the thinking away that a model does aloud before it answers.</summary>
/// <remarks>
/// What is thought counts for nothing, tags and boxes in it included. It ends with its last closing tag; the opening one may stand in
/// the prompt, as in the templates of Qwen and DeepSeek-R1, and a completion with neither has no thinking. An opening tag without a
/// closing one behind it is thinking that was cut off: no answer, or never coming to an end would pay.
/// </remarks>
internal static class Thinking
{
    private static readonly SearchValues<char> s_firsts = SearchValues.Create('<', '\u25c1', '[');

    /// <summary>What follows the thinking; the whole where there is none.</summary>
    public static AnswerPart After(string completion)
    {
        (int start, bool open) = (0, false);
        for (int at = 0; completion.AsSpan(at).IndexOfAny(s_firsts) is >= 0 and var next;)
        {
            at += next + 1;
            ThinkingTag tag = ThinkingTag.At(completion, at);
            if (tag.End == 0)
                continue;
            (start, open) = tag.Closes ? (tag.End, false) : (start, true);
            at = tag.End;
        }

        return open ? AnswerPart.Broken("the thinking does not end") : new(start == 0 ? completion : completion[start..]);
    }
}
