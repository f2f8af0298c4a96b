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
        if (Comparison().Match(TextOf(asked)) is not { Success: true } shown)
            return PairParts.None("no two answers are shown: a single answer is scored (pointwise)");
        if (Winner(TextOf(judged)) is not { } first)
            return PairParts.None("the judge names no better answer");
        string a = Bare(shown.Groups["a"].Value), b = Bare(shown.Groups["b"].Value);
        RowParts prompt = new() { Turns = [Question(asked, shown.Groups["q"].Value)], Inside = images, Beside = ImageColumns.Read(row) };
        return new(prompt, [first ? new(a, b) : new(b, a)]);
    }

    // As many places for images as the judge saw, before the question.
    private static Message Question(Message asked, string question)
    {
        int places = asked.Content.Sum(part => part.Text is { } text ? Marks.Split(text).Count(piece => piece.IsMark) : 1);
        return Message.User(Bare(string.Concat(Marks.Split(question).Select(piece => piece.Text))), places);
    }

    private static string? Column(Row row) => s_talks.FirstOrDefault(column => PreferenceLayout.IsList(row, column));

    private static string TextOf(Message turn) => string.Concat(turn.Content.Select(part => part.Text));

    // True for the first answer, false for the second, null for neither or both.
    private static bool? Winner(string verdict)
    {
        string said = Final().Match(verdict) is { Success: true } final ? final.Groups[1].Value : Thinking().Replace(verdict, "");
        bool[] winners = [.. Better().Matches(said).Select(found => found.Groups[1].Value.ToLowerInvariant() is "1" or "first").Distinct()];
        return winners is [var one] ? one : null;
    }

    // [text] as both write it.
    private static string Bare(string text)
    {
        text = AsksAgain().Replace(text, "").Trim();
        return text is ['[', .., ']'] ? text[1..^1].Trim() : text;
    }

    // The last "Question:" behind which two answers stand: instructions before it name answers too.
    [GeneratedRegex(
        @"\A.*\bQuestion:[ \t]*(?<q>.*?)\n[ \t]*-?[ \t]*(?:Answer 1|Response 1|The first (?:response|answer)):(?<a>.*?)"
        + @"\n[ \t]*-?[ \t]*(?:Answer 2|Response 2|The second (?:response|answer)):(?<b>.*)\z",
        RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Comparison();

    [GeneratedRegex(@"\b(?:(?:Answer|Response) |the )(1|2|first|second)(?: response| answer)? is (?:\w+ )?better\b", RegexOptions.IgnoreCase)]
    private static partial Regex Better();

    [GeneratedRegex(@"<answer>(.*?)</answer>", RegexOptions.Singleline)]
    private static partial Regex Final();

    [GeneratedRegex(@"<think>.*?</think>", RegexOptions.Singleline)]
    private static partial Regex Thinking();

    [GeneratedRegex(@"\n\s*ASSISTANT:\s*\z")]
    private static partial Regex AsksAgain();
}
