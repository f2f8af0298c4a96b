using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Reads one number: [[7]], or a reply that is nothing but the number.</summary>
public static class ScoreVerdict
{
    private static readonly Regex s_said = new(
        @"\b(?:score|rating|grade)\b\W{0,4}(?:(?:is|of)\b)?\W{0,4}(-?[0-9]+(?:\.[0-9]+)?)",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The number of a reply.</summary>
    /// <remarks>Words before the verdict that name another score contradict it: then there is none.</remarks>
    /// <param name="reply">What the judge wrote; thinking is dropped.</param>
    /// <param name="low">The least that can be given.</param>
    /// <param name="high">The most.</param>
    public static Verdict<double> Read(string reply, double low, double high) => Verdict.AfterThinking(reply, text =>
    {
        double? marked = Marks.Read(text, mark => Number(mark, high), out string problem);
        if (problem.Length > 0)
            return Verdict.None<double>(problem);
        if (marked is null && Number(text.Trim('*', '.', ' ', '\n'), high) is not { } && Labelled(text) is null)
            return Verdict.NotIn<double>(text);
        double score = marked ?? Number(text.Trim('*', '.', ' ', '\n'), high) ?? Labelled(text)!.Value;
        return !(score >= low && score <= high) ? Verdict.None<double>(Text($"{score} is outside of {low} to {high}"))
            : s_said.Matches(text).Any(said => Parse(said.Groups[1].Value) != score)
                ? Verdict.None<double>("two verdicts that differ")
            : Verdict.Of(score);
    });

    // "Score: 7" is a verdict where it is the last line.
    private static double? Labelled(string text) =>
        s_said.Match(text[(text.LastIndexOf('\n') + 1)..]) is { Success: true } said ? Parse(said.Groups[1].Value)
            : null;

    // "7", "7.5", "7/10".
    private static double? Number(string text, double high) => Parse(text)
        ?? (text.Split('/') is [var score, var of] && Parse(of.Trim()) == high ? Parse(score.Trim()) : null);

    private static double? Parse(string text) => text.Length <= 20 && double.TryParse(
        text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
        out double number) ? number : null;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
