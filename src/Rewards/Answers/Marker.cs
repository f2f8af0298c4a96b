using System.Buffers;
using System.Text;

namespace Vlm.Rewards;

/// <summary>What follows the last words that announce an answer: "the answer is", "**Final answer**:", "答案是".</summary>
/// <remarks>
/// The word for "answer" in the languages of MGSM and a few more, then a colon, an equals sign, a dash or a verb, or the end of a line
/// that has nothing else; Markdown may stand between them. What is announced goes up to the end of the text: whoever reads it may take
/// the first sentence.
/// </remarks>
internal static class Marker
{
    private const int LongestObject = 80;

    private const string Answer = "answer";

    private static readonly string[] s_latin =
        ["correct option", "correct choice", "antwort", "respuesta", "resposta", "risposta", "jibu"];

    // As they stand, and with a capital where their script has one.
    private static readonly string[] s_others =
    [
        "r\u00e9ponse", "R\u00e9ponse", "\u7b54\u6848", "\u7b54\u3048", "\u6545\u9009", "\u5e94\u9009", "\u6240\u4ee5\u9009",
        "\u56e0\u6b64\u9009", "\u043e\u0442\u0432\u0435\u0442", "\u041e\u0442\u0432\u0435\u0442", "\uc815\ub2f5",
        "\u0989\u09a4\u09cd\u09a4\u09b0", "\u0c38\u0c2e\u0c3e\u0c27\u0c3e\u0c28\u0c02", "\u0e04\u0e33\u0e15\u0e2d\u0e1a",
    ];

    private static readonly string[] s_verbs =
    [
        "is", "would be", "should be", "must be", "will be", "was", "es correcta", "correcta es", "es", "ist", "lautet", "est", "correta \u00e9",
        "\u00e9", "\u00e8", "\u662f", "\u4e3a", "\u70ba", "\u5e94\u4e3a", "\u5e94\u8be5\u662f", "\u306f", "\u0e04\u0e37\u0e2d", "\uc740",
    ];

    private static readonly string[] s_objects = ["to ", "for ", "here "];

    private static readonly SearchValues<string> s_anyLatin = SearchValues.Create(s_latin, StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> s_anyOther = SearchValues.Create(s_others, StringComparison.Ordinal);

    public static AnswerPart Find(string text)
    {
        int after = LastAnswer(text);      // rarer words count behind it alone, so that most texts are looked through once
        after = LastMark(text, after, s_anyLatin, s_latin);
        if (!Ascii.IsValid(text))
            after = LastMark(text, after, s_anyOther, s_others);
        return after < 0 ? AnswerPart.None
            : text.AsSpan(after).TrimStart("*_ \n\r").Trim() is { IsEmpty: false } said ? new(said.ToString(), IsMarked: true)
            : AnswerPart.Broken("the answer is empty");
    }

    private static int LastAnswer(string text)
    {
        int after = -1;
        for (int at = 0; text.AsSpan(at).IndexOf(Answer, StringComparison.OrdinalIgnoreCase) is >= 0 and var next;)
        {
            at += next + Answer.Length;
            after = AfterMark(text, at - Answer.Length, at) is >= 0 and var found ? found : after;
        }

        return after;
    }

    private static int LastMark(string text, int after, SearchValues<string> any, string[] stems)
    {
        for (int at = Math.Max(after, 0); text.AsSpan(at).IndexOfAny(any) is >= 0 and var next;)
        {
            int start = at + next;
            at = start + StemLength(text, start, stems);
            after = AfterMark(text, start, at) is >= 0 and var found ? found : after;
        }

        return after;
    }

    private static int StemLength(string text, int at, string[] stems)
    {
        foreach (string stem in stems)
            if (text.AsSpan(at).StartsWith(stem, StringComparison.OrdinalIgnoreCase))
                return stem.Length;
        return 1;
    }

    // Where the answer begins that the stem announces; -1 where it announces none.
    private static int AfterMark(string text, int stem, int end)
    {
        bool chinese = text[stem] >= '\u4e00';
        if (!chinese && stem > 0 && char.IsLetterOrDigit(text[stem - 1]))
            return -1;
        int at = SkipMarkup(text, end);
        if (at < text.Length && text[at] is ':' or '\uff1a' or '=')
            return at + 1;
        if (at + 1 < text.Length && text[at] is '-' or '\u2013' or '\u2014' && text[at + 1] == ' ')
            return at + 2;
        if (at >= text.Length)
            return -1;
        if (text[at] == '\n')
            return IsHeading(text, stem) ? at + 1 : -1;
        if (text[stem] is '\u6545' or '\u5e94' or '\u6240' or '\u56e0')
            return at;         // 故选B
        return AfterVerb(text, at > end || chinese ? SkipObject(text, at) : -1);
    }

    private static bool IsAt(string text, int at, string word) =>
        at < text.Length && (text[at] | 0x20) == (word[0] | 0x20)
        && text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private static int SkipMarkup(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '*' or '_' or '#' or '`' or '\r')
            at++;
        return at;
    }

    // "the answer to the question is"
    private static int SkipObject(string text, int at)
    {
        foreach (string word in s_objects)
            if (IsAt(text, at, word))
            {
                ReadOnlySpan<char> near = text.AsSpan(at, Math.Min(LongestObject, text.Length - at));
                int verb = near.IndexOf(" is ");
                return verb >= 0 && !near[..verb].ContainsAny(".\n:") ? at + verb + 1 : -1;
            }

        return at;
    }

    private static int AfterVerb(string text, int at)
    {
        if (at < 0)
            return -1;
        foreach (string verb in s_verbs)
            if (IsAt(text, at, verb))
            {
                int end = at + verb.Length;
                if (text[at] < '\u3000' && end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
                    continue;
                int colon = SkipMarkup(text, end);
                return colon < text.Length && text[colon] is ':' or '\uff1a' ? colon + 1 : end;
            }

        return -1;
    }

    // A line of nothing but "the final answer" and Markdown.
    private static bool IsHeading(string text, int stem)
    {
        int line = text.LastIndexOf('\n', stem, Math.Min(stem + 1, LongestObject)) + 1;
        if (line == 0 && stem >= LongestObject)
            return false;
        foreach (Range word in text.AsSpan(line, stem - line).SplitAny(' ', '*', '_', '#', '`'))
            if (text.AsSpan(line, stem - line)[word] is { IsEmpty: false } said
                && !(said.Equals("the", StringComparison.OrdinalIgnoreCase) || said.Equals("final", StringComparison.OrdinalIgnoreCase)
                    || said.Equals("my", StringComparison.OrdinalIgnoreCase) || said.Equals("correct", StringComparison.OrdinalIgnoreCase)))
                return false;
        return true;
    }
}
