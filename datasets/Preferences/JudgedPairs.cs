using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>UnifiedReward and LLaVA-Critic: a user shows two answers, and the judge says which is better.</summary>
/// <remarks>
/// A judge's conversation that scores one answer alone (pointwise), calls the two equal, or names no winner compares nothing: such
/// rows are counted and not read. What the judge says beside its verdict is not read.
/// </remarks>
internal static partial class JudgedPairs
{
    private static readonly string[] s_talks = ["conversations", "conversation", "messages"];

    /// <summary>It has a conversation and no sides of its own.</summary>
    public static bool Is(Row row) => Column(row) is not null && !PreferenceLayout.HasSides(row);

    /// <summary>The question that was judged, and the two answers in the judge's order.</summary>
    public static PairParts Read(Row row)
    {
        (Message[] turns, object?[] images) = ChatTurns.Read(row[Column(row)!], row, characters: false);
        // What the system tells the judge is no part of what was asked of those who answered.
        if (turns.Where(turn => turn.Role != "system").ToArray() is not [{ Role: "user" } asked, { Role: "assistant" } judged])
            throw row.Wrong(
                "the conversation is not a user's turn with two answers and a judge's turn", "conversations: [{from: human, ...}, {from: gpt, ...}]");
        if (Compared(TextOf(asked)) is not (var question, var a, var b))
            return PairParts.None("no two answers are shown: a single answer is scored (pointwise)");
        if (Winner(TextOf(judged)) is not { } first)
            return PairParts.None("the judge names no better answer");
        RowParts prompt = new() { Turns = [Question(asked, question)], Inside = images, Beside = ImageColumns.Read(row) };
        return new(prompt, [first ? new(a, b) : new(b, a)]);
    }

    // As many places for images as the judge saw, before the question.
    private static Message Question(Message asked, string question)
    {
        int places = asked.Content.Sum(part => part.Text is { } text ? Marks.Split(text).Count(piece => piece.IsMark) : 1);
        return Message.User(string.Concat(Marks.Split(question).Select(piece => piece.Text)), places);
    }

    private static string? Column(Row row) => s_talks.FirstOrDefault(column => PreferenceLayout.IsList(row, column));

    private static string TextOf(Message turn) => string.Concat(turn.Content.Select(part => part.Text));

    // The last question behind which two answers stand: instructions before it may show examples of answers.
    private static (string Question, string First, string Second)? Compared(string text)
    {
        Match[] firsts = FirstAnswer().Matches(text).ToArray(), seconds = SecondAnswer().Matches(text).ToArray();
        if (seconds.Length == 0 || Array.FindLast(firsts, mark => mark.Index < seconds[^1].Index) is not { } last
            || Questions().Matches(text).LastOrDefault(mark => mark.Index < last.Index) is not { } asked)
            return null;
        Match first = firsts.First(mark => mark.Index > asked.Index), second = seconds.First(mark => mark.Index > first.Index);
        return (Bare(text[End(asked)..first.Index]), Bare(text[End(first)..second.Index]), Bare(text[End(second)..]));

        static int End(Match mark) => mark.Index + mark.Length;
    }

    // True for the first answer, false for the second, null for neither or both.
    private static bool? Winner(string verdict)
    {
        const string Open = "<answer>", Close = "</answer>", Thought = "</think>";
        int from = verdict.LastIndexOf(Open, StringComparison.Ordinal), to = verdict.LastIndexOf(Close, StringComparison.Ordinal);
        int thought = verdict.LastIndexOf(Thought, StringComparison.Ordinal);
        string said = from >= 0 && to > from ? verdict[(from + Open.Length)..to] : thought >= 0 ? verdict[(thought + Thought.Length)..] : verdict;
        bool[] winners = [.. Better().Matches(said).Select(found => found.Groups[1].Value.ToLowerInvariant() is "1" or "first").Distinct()];
        return winners is [var one] ? one : null;
    }

    // [text] as both write it, and LLaVA's last line.
    private static string Bare(string text)
    {
        const string AsksAgain = "ASSISTANT:";
        text = text.Trim();
        text = text.EndsWith("\n" + AsksAgain, StringComparison.Ordinal) ? text[..^AsksAgain.Length].TrimEnd() : text;
        return text is ['[', .., ']'] ? text[1..^1].Trim() : text;
    }

    [GeneratedRegex(@"\bQuestion:", RegexOptions.IgnoreCase)]
    private static partial Regex Questions();

    [GeneratedRegex(@"\n[ \t]*-?[ \t]*(?:Answer 1|Response 1|The first (?:response|answer)):", RegexOptions.IgnoreCase)]
    private static partial Regex FirstAnswer();

    [GeneratedRegex(@"\n[ \t]*-?[ \t]*(?:Answer 2|Response 2|The second (?:response|answer)):", RegexOptions.IgnoreCase)]
    private static partial Regex SecondAnswer();

    // "not better" and "no better" are no verdict.
    [GeneratedRegex(
        @"\b(?:(?:Answer|Response) |the )(1|2|first|second)(?: response| answer)? is (?:(?:much|far|clearly|slightly|significantly|overall) )?better\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Better();
}
