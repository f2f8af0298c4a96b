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
    // What stands between the brackets: <think>, ◁think▷ (Kimi-VL), [THINK] (Magistral).
    private static readonly string[] s_names = ["think", "thinking", "thought", "reasoning", "seed:think"];
    private static readonly SearchValues<char> s_firsts = SearchValues.Create('<', '\u25c1', '[');

    /// <summary>What follows the thinking; the whole where there is none.</summary>
    public static AnswerPart After(string completion)
    {
        (int start, bool open) = (0, false);
        for (int at = 0; completion.AsSpan(at).IndexOfAny(s_firsts) is >= 0 and var next;)
        {
            at += next + 1;
            bool closes = at < completion.Length && completion[at] == '/';
            int end = TagEnd(completion, closes ? at + 1 : at);
            if (end == 0)
                continue;
            (start, open) = closes ? (end, false) : (start, true);
            at = end;
        }

        return open ? AnswerPart.Broken("the thinking does not end") : new(start == 0 ? completion : completion[start..]);
    }

    // Where the tag ends whose name begins at a place; 0 where it is no tag of thinking.
    private static int TagEnd(ReadOnlySpan<char> text, int at)
    {
        ReadOnlySpan<char> rest = text[at..];
        if (rest.IsEmpty || (rest[0] | 0x20) is not ('t' or 'r' or 's'))
            return 0;
        foreach (string name in s_names)
            if (rest.Length > name.Length && rest[name.Length] is '>' or '\u25b7' or ']'
                && rest.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return at + name.Length + 1;
        return 0;
    }
}
