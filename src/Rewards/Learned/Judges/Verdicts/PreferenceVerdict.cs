using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Reads which of two answers is better: [[A]], [[B]] or [[C]] for a tie, or a reply that is nothing but one of them.
/// </summary>
public static class PreferenceVerdict
{
    private static readonly Regex s_said = new(
        @"\b(?:answer|response|assistant|candidate|option)\s+([AB12])\s+is\s+"
        + @"(?:(?:the|a|clearly|much|slightly|overall|far|somewhat)\s+)*(?:better|best|preferred|superior|winner)\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The preference of a reply.</summary>
    /// <remarks>Words that call the other answer the better one, and never this one, contradict the
    /// verdict: then there is none.</remarks>
    /// <param name="reply">What the judge wrote; thinking is dropped.</param>
    public static Verdict<BetterAnswer> Read(string reply) => Verdict.AfterThinking(reply, text =>
    {
        BetterAnswer? marked = Marks.Read(text, Letter, out string problem);
        if (problem.Length > 0)
            return Verdict.None<BetterAnswer>(problem);
        if ((marked ?? Letter(text.Trim('*', '.', ' ', '\n'))) is not { } preference)
            return Verdict.NotIn<BetterAnswer>(text);
        BetterAnswer[] praised = [.. s_said.Matches(text).Select(said => Letter(said.Groups[1].Value)!.Value)
            .Distinct()];
        return preference != BetterAnswer.Tie && praised.Length > 0 && !praised.Contains(preference)
            ? Verdict.None<BetterAnswer>("the words prefer the other answer") : Verdict.Of(preference);
    });

    private static BetterAnswer? Letter(string text) => text.ToUpperInvariant() switch
    {
        "A" or "1" or "A>B" or "A>>B" => BetterAnswer.First,
        "B" or "2" or "B>A" or "B>>A" => BetterAnswer.Second,
        "C" or "TIE" or "A=B" or "AB" => BetterAnswer.Tie,
        _ => null,
    };
}
