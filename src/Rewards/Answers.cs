using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Finds the part of a completion that is the answer.</summary>
/// <remarks>
/// In this order: the inside of the one <c>&lt;answer&gt;</c> pair; what follows <c>&lt;/think&gt;</c>; of that, what
/// follows the last "answer is" or "answer:"; else everything. So thinking aloud is free, and the last word counts. A
/// completion with a second answer tag, or half a pair, has no answer: otherwise listing guesses would pay.
/// </remarks>
public static partial class Answers
{
    private const string Open = "<answer>", Close = "</answer>", ThinkEnd = "</think>";

    /// <summary>The answer without outer white space; or null and why there is none.</summary>
    public static (string? Text, string Problem) Of(string completion)
    {
        ArgumentNullException.ThrowIfNull(completion);
        int opens = Count(completion, Open), closes = Count(completion, Close);
        if (opens + closes == 0)
            return NotEmpty(AfterMarker(AfterThinking(completion)));
        if (opens > 1 || closes > 1)
            return (null, "answer tags are repeated");

        int start = completion.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
        int end = completion.IndexOf(Close, StringComparison.Ordinal);
        return opens == 1 && closes == 1 && start <= end
            ? NotEmpty(completion[start..end]) : (null, "answer tags are not a pair");
    }

    internal static int Count(string text, string part)
    {
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
            count++;
        return count;
    }

    private static (string?, string) NotEmpty(string text) =>
        text.Trim() is { Length: > 0 } answer ? (answer, "") : (null, "the answer is empty");

    private static string AfterThinking(string text)
    {
        int end = text.LastIndexOf(ThinkEnd, StringComparison.Ordinal);
        return end < 0 ? text : text[(end + ThinkEnd.Length)..];
    }

    private static string AfterMarker(string text)
    {
        Match? last = null;
        for (Match match = Marker().Match(text); match.Success; match = match.NextMatch())
            last = match;
        return last is null ? text : text[(last.Index + last.Length)..];
    }

    [GeneratedRegex(@"\banswer(?: is\b:?| would be\b|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
