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
    private const int LongestObject = 80, Near = 24;
    private const string Answer = "answer";

    private static readonly string[] s_objects =
        ["to ", "for ", "here ", "in ", "of ", "we ", ", therefore", ", then", ", thus", ", of course"];

    private static readonly string[] s_adjectiveVerbs =
    [
        " est ", " es ", " ist ", " lautet ", " \u00e8 ", " \u00e9 ", " ni ", " adalah ", " l\u00e0 ", " \u00e4r ", "\u0e04\u0e37\u0e2d", " \u0647\u064a ",
        " \u0647\u0648 ", " \u0939\u0948 ",
    ];

    private static readonly SearchValues<char> s_ends = SearchValues.Create(".\n,;0123456789\u3002\uff0c");

    private static readonly string[] s_headingWords =
        ["the", "final", "my", "correct", "\u6700\u7ec8", "\u6700\u7d42", "\u6b63\u786e", "\u53c2\u8003", "\ucd5c\uc885"];

    public static AnswerPart Find(string text)
    {
        int after = LastAnswer(text);      // rarer words count behind it alone, so that most texts are looked through once
        after = LastMark(text, after, MarkerWords.AnyLatin, MarkerWords.Latin);
        if (!Ascii.IsValid(text))
        {
            string composed = Unicode.Composed(text);
            after = composed.Length == text.Length ? after : LastMark(composed, LastAnswer(composed), MarkerWords.AnyLatin, MarkerWords.Latin);
            (text, after) = (composed, LastMark(composed, after, MarkerWords.AnyOther, MarkerWords.Others));
        }

        return Part(text, after);
    }

    /// <summary>What follows words that announce a number, "total:", "the result is": too weak where anything else may be the answer.</summary>
    public static AnswerPart FindNumber(string text) => Part(text, LastMark(text, -1, MarkerWords.AnyNumber, MarkerWords.Numbers));

    private static AnswerPart Part(string text, int after) => after < 0 ? AnswerPart.None
        : text.AsSpan(after).TrimStart("*_> \n\r").Trim() is { IsEmpty: false } said ? new(said.ToString(), IsMarked: true)
        : AnswerPart.Broken("the answer is empty");

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
        if (!chinese && stem > 0 && char.IsLetterOrDigit(text[stem - 1]) && text[stem] < '\u0590')
            return -1;
        int at = SkipBrackets(text, SkipMarkup(text, end));
        if (at >= text.Length)
            return -1;
        if (text[at] is ':' or '\uff1a' or '=' or '\u0983' or '\u2192' || StartsDash(text, at))
            return IsVerdict(text, stem) ? -1 : at + (text[at] is '-' or '\u2013' or '\u2014' ? 2 : 1);
        if (text[at] == '\n')
            return IsHeading(text, stem) ? at + 1 : -1;
        if (text[at] is ']' or '\u3011')
            return IsOpened(text, stem) ? AfterColon(text, at + 1) : -1;
        if (text[stem] is '\u6545' or '\u5e94' or '\u61c9' or '\u6240' or '\u56e0' or '\u672c')
            return at;         // 故选B
        if (text[at] == '.' && end - stem == 3)
            return at + 1;     // Ans. 7
        int after = AfterVerb(text, at > end || text[at] == ',' || text[stem] > '\u0590' ? SkipObject(text, at) : -1);
        return after >= 0 || (text[stem] | 0x20) is 'a' or 'o' or 'c' ? after : AfterAdjective(text, stem, at);
    }

    // "->", "- ", but not the hyphen of a word.
    private static bool StartsDash(string text, int at) =>
        at + 1 < text.Length && text[at] is '-' or '\u2013' or '\u2014' && text[at + 1] is ' ' or '>';

    // "B is the correct answer: A is a cat" announces no A.
    private static bool IsVerdict(string text, int stem)
    {
        ReadOnlySpan<char> before = Before(text, stem);
        return before[(before.LastIndexOfAny('.', '\n', ',') + 1)..].Contains(" is ", StringComparison.Ordinal);
    }

    // "[Final answer] 7", "【答案】7"
    private static bool IsOpened(string text, int stem)
    {
        ReadOnlySpan<char> before = Before(text, stem);
        return before.LastIndexOfAny('[', '\u3010', '/') is >= 0 and var open && before[open] != '/';
    }

    private static ReadOnlySpan<char> Before(string text, int stem) => text.AsSpan(Math.Max(0, stem - Near), Math.Min(stem, Near));

    private static int AfterColon(string text, int at)
    {
        int colon = SkipMarkup(text, at);
        return colon < text.Length && text[colon] is ':' or '\uff1a' ? colon + 1 : at;
    }

    // "Answer (in cm):"
    private static int SkipBrackets(string text, int at)
    {
        if (at >= text.Length || text[at] != '(')
            return at;
        ReadOnlySpan<char> near = text.AsSpan(at, Math.Min(LongestObject, text.Length - at));
        int close = near.IndexOfAny(')', '\n');
        int after = close < 0 || near[close] == '\n' ? at : SkipMarkup(text, at + close + 1);
        return after < text.Length && text[after] is ':' or '\uff1a' ? after : at;
    }

    // "Réponse finale : 7", "La risposta corretta è 7", and languages that need no verb, "సమాధానం 7".
    private static int AfterAdjective(string text, int stem, int at)
    {
        if (text[stem] > '\u0400' && (char.IsDigit(text[at])
            || (char.IsAsciiLetterUpper(text[at]) && !(at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1])))))
            return at;
        int start = Math.Max(0, at - 1);
        ReadOnlySpan<char> near = text.AsSpan(start, Math.Min(2 * Near, text.Length - start));
        int end = near.IndexOfAny(s_ends);
        near = end < 0 ? near : near[..end];
        if (near.IndexOfAny(':', '\uff1a') is >= 0 and var colon)
            return start + colon + 1;
        foreach (string verb in s_adjectiveVerbs)
            if (near.IndexOf(verb, StringComparison.OrdinalIgnoreCase) is >= 0 and var found)
                return start + found + verb.Length;
        return -1;
    }

    private static bool IsAt(string text, int at, string word) =>
        at < text.Length && (text[at] | 0x20) == (word[0] | 0x20)
        && text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private static int SkipMarkup(string text, int at)
    {
        while (at < text.Length)
            if (text[at] is ' ' or '*' or '_' or '#' or '`' or '\r' or '\u00a0' or '\u202f')
                at++;
            else if (text[at] == '<' && (IsAt(text, at, "</b>") || IsAt(text, at, "</strong>")))
                at += text[at + 2] == 'b' ? 4 : 9;
            else
                break;
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
        foreach (string verb in MarkerWords.Verbs)
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
            if (text.AsSpan(line, stem - line)[word] is { IsEmpty: false } said && !IsHeadingWord(said))
                return false;
        return true;
    }

    private static bool IsHeadingWord(ReadOnlySpan<char> said)
    {
        foreach (string word in s_headingWords)
            if (said.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
