using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>A verdict with its working: scores for each dimension, their sums, and which answer is better.</summary>
/// <param name="First">The scores of the first answer, in the order of the dimensions.</param>
/// <param name="Second">Those of the second.</param>
/// <param name="BetterAnswer">Which is better.</param>
public sealed record ReasonedPreference(
    IReadOnlyList<double> First, IReadOnlyList<double> Second, BetterAnswer BetterAnswer);

/// <summary>
/// Reads the contract of UnifiedReward-Think: &lt;think&gt; with scores of both answers for each dimension and explicit
/// sums &lt;/think&gt;, &lt;answer&gt;Answer 1 is better&lt;/answer&gt;, and nothing else.
/// </summary>
/// <remarks>
/// Wang et al. 2025, arXiv:2505.03318: the released templates. The sums must be those of the scores, and the verdict
/// must be that of the sums; where the sums are equal, any verdict agrees with them.
/// </remarks>
public static class ReasonedVerdict
{
    private const string Open = "<think>", Close = "</think>", OpenAnswer = "<answer>", CloseAnswer = "</answer>";
    private const double Low = 1, High = 10;
    private const RegexOptions Plain =
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly Regex
        s_score = new(@"\banswer +([12]) *\( *([0-9]{1,3}(?:\.[0-9]{1,3})?) */ *10 *\)", Plain),
        s_sum = new(@"\banswer +([12]) *: *([0-9.]{1,7}(?: *\+ *[0-9.]{1,7})*) *= *([0-9]{1,4}(?:\.[0-9]{1,3})?)",
            Plain);

    /// <summary>The verdict of a reply that keeps the contract to the letter.</summary>
    /// <param name="reply">What the judge wrote, thinking included.</param>
    public static Verdict<ReasonedPreference> Read(string reply)
    {
        (string? working, string answer) = Parts(reply);
        return working is null ? Verdict.None<ReasonedPreference>(answer)
            : Preferred(answer) is { } preference ? Summed(working, preference)
                : Verdict.NotIn<ReasonedPreference>(answer);
    }

    /// <summary>
    /// What is preferred in a reply of the right form, whatever stands in its thinking; null for another form.
    /// </summary>
    internal static BetterAnswer? Framed(string reply) => Parts(reply) is (not null, var answer) ? Preferred(answer)
        : null;

    // What stands in the two tags; without the first, what is wrong stands in the second.
    private static (string? Working, string Answer) Parts(string reply)
    {
        string text = reply.Trim();
        int end = text.IndexOf(Close, StringComparison.Ordinal);
        if (!text.StartsWith(Open, StringComparison.Ordinal) || end < 0)
            return (null, "it does not begin with <think> ... </think>");
        string answer = text[(end + Close.Length)..].Trim();
        return !answer.StartsWith(OpenAnswer, StringComparison.Ordinal)
            || !answer.EndsWith(CloseAnswer, StringComparison.Ordinal)
            || answer.Length < OpenAnswer.Length + CloseAnswer.Length ? (null, "text beside <think> and <answer>")
            : (text[Open.Length..end], answer[OpenAnswer.Length..^CloseAnswer.Length].Trim());
    }

    private static BetterAnswer? Preferred(string verdict) => verdict switch
    {
        "Answer 1 is better" => BetterAnswer.First,
        "Answer 2 is better" => BetterAnswer.Second,
        "Answers are equally good" => BetterAnswer.Tie,
        _ => null,
    };

    private static Verdict<ReasonedPreference> Summed(string working, BetterAnswer preference)
    {
        ILookup<string, double> scores = s_score.Matches(working)
            .ToLookup(found => found.Groups[1].Value, found => Number(found.Groups[2].Value));
        (double[] first, double[] second) = ([.. scores["1"]], [.. scores["2"]]);
        if (first.Length == 0 || first.Length != second.Length)
            return Verdict.None<ReasonedPreference>(
                $"{first.Length} scores of answer 1 and {second.Length} of answer 2");
        if (first.Concat(second).Any(score => score is < Low or > High))
            return Verdict.None<ReasonedPreference>("a score outside of 1 to 10");
        if (Problem(working, "1", first) is { } problem || (problem = Problem(working, "2", second)) is not null)
            return Verdict.None<ReasonedPreference>(problem);
        BetterAnswer higher = first.Sum() > second.Sum() ? BetterAnswer.First : first.Sum() < second.Sum()
            ? BetterAnswer.Second : BetterAnswer.Tie;
        return higher == BetterAnswer.Tie || higher == preference
            ? Verdict.Of(new ReasonedPreference(first, second, preference))
            : Verdict.None<ReasonedPreference>(
                FormattableString.Invariant($"sums {first.Sum()} and {second.Sum()} contradict the verdict"));
    }

    private static string? Problem(string working, string answer, double[] scores)
    {
        Match[] sums = [.. s_sum.Matches(working).Where(found => found.Groups[1].Value == answer)];
        if (sums is not [var sum])
            return $"{sums.Length} sums of answer {answer}";
        double[] terms = [.. sum.Groups[2].Value.Split('+').Select(term => Number(term.Trim()))];
        return !terms.SequenceEqual(scores) ? $"the sum of answer {answer} adds other scores"
            : Math.Abs(terms.Sum() - Number(sum.Groups[3].Value)) > 1e-9 ? $"the sum of answer {answer} is wrong"
                : null;
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number
            : double.NaN;
}
