namespace Vlm.Rewards;

/// <summary>
/// The last <c>\boxed{...}</c> with its braces balanced, or GLM's <c>&lt;|begin_of_box|&gt;</c>; one that was cut off goes up to the
/// end. As the graders of MATH take the last one, listing guesses pays for no more than the last of them.
/// </summary>
internal static class Boxed
{
    private const string Begin = "<|begin_of_box|>", End = "<|end_of_box|>";
    private static readonly string[] s_commands = ["\\boxed", "\\fbox", "\\framebox"];

    public static AnswerPart Find(string text)
    {
        if (!text.AsSpan().ContainsAny('\\', '|'))
            return AnswerPart.None;
        int glm = text.LastIndexOf(Begin, StringComparison.Ordinal);
        (int at, int after) = LastCommand(text);
        if (glm > at)
            return Between(text, glm + Begin.Length);
        return at < 0 ? AnswerPart.None : new AnswerPart(Inside(text, after)).NotEmpty();
    }

    private static AnswerPart Between(string text, int start)
    {
        int end = text.IndexOf(End, start, StringComparison.Ordinal);
        return new AnswerPart(end < 0 ? text[start..] : text[start..end]).NotEmpty();
    }

    private static (int At, int After) LastCommand(string text)
    {
        (int, int) last = (-1, -1);
        foreach (string command in s_commands)
            if (text.LastIndexOf(command, StringComparison.Ordinal) is var at && at > last.Item1)
                last = (at, at + command.Length);
        return last;
    }

    // {...}, or one word: "\boxed 7".
    private static string Inside(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\n')
            at++;
        if (at < text.Length && text[at] == '{')
            return text[(at + 1)..ClosingBrace(text, at)];
        int end = text.AsSpan(at).IndexOfAny(" \n\t$");
        return end < 0 ? text[at..] : text[at..(at + end)];
    }

    private static int ClosingBrace(string text, int open)
    {
        int depth = 0;
        for (int at = open; at < text.Length; at++)
            switch (text[at])
            {
                case '\\':
                    at++;      // \{ and \} are signs
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when --depth == 0:
                    return at;
            }

        return text.Length;
    }
}
