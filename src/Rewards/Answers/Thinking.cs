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
    private static readonly string[] s_names = ["think", "thinking", "thought", "reasoning", "seed:think"];
    private static readonly SearchValues<char> s_firsts = SearchValues.Create('<', '\u25c1', '[');

    // ◁think▷ is Kimi-VL's, [THINK] Magistral's.
    private static readonly SearchValues<string> s_opens = SearchValues.Create(
        [.. s_names.Select(name => $"<{name}>"), "\u25c1think\u25b7", "[THINK]"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> s_closes = SearchValues.Create(
        [.. s_names.Select(name => $"</{name}>"), "\u25c1/think\u25b7", "[/THINK]"], StringComparison.OrdinalIgnoreCase);

    /// <summary>What follows the thinking; the whole where there is none.</summary>
    public static AnswerPart After(string completion)
    {
        int first = completion.AsSpan().IndexOfAny(s_firsts);
        if (first < 0)
            return new(completion);
        int start = AfterLastClose(completion, first);
        return completion.AsSpan(Math.Max(start, first)).ContainsAny(s_opens)
            ? AnswerPart.Broken("the thinking does not end") : new(start == 0 ? completion : completion[start..]);
    }

    private static int AfterLastClose(ReadOnlySpan<char> text, int at)
    {
        int after = 0;
        while (text[at..].IndexOfAny(s_closes) is >= 0 and var next)
        {
            at += next;
            at += text[at..].IndexOfAny('>', '\u25b7', ']') + 1;
            after = at;
        }

        return after;
    }
}
