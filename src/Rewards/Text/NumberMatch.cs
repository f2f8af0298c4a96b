using System.Globalization;

namespace Vlm.Rewards;

/// <summary>1 where the answer is the true number.</summary>
/// <remarks>
/// <para>Read are digits with separators, decimals and exponents ("1,000", "12 345", "3,5", "-2.5", "3e4"), fractions ("1/2",
/// "\frac{1}{2}") and words ("twenty-one", "five million"), whatever unit follows. "1.234" has a decimal point.</para>
/// <para>The truth says what a percent sign means. Where it has one, "12%", the answers 12%, 12 and 0.12 are right. Where it has none,
/// p% is right both as p and as p / 100: of a truth of 50, "50%"; of a truth of 0.5, "50%".</para>
/// <para>The answer may say a number more than once; two different numbers are no answer, but what follows the last equals sign is,
/// and so is the first sentence after "the answer is", its reason aside, or after "total:" and its like. "not 7" and "more than 7" do
/// not say 7.</para>
/// </remarks>
public static class NumberMatch
{
    private const double Rounding = 1e-12;
    private const string Several = "several different numbers";

    /// <summary>1 where the answered number is within <paramref name="tolerance"/> of the truth, both ends included.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">Finite.</param>
    /// <param name="tolerance">Largest absolute difference, at least 0.</param>
    public static Score Score(string completion, double truth, double tolerance = 0) =>
        Score(AnswerFormat.Auto.Read(completion), new Truth.Number(truth), tolerance);

    /// <summary>The same for an answer.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">The true number.</param>
    /// <param name="tolerance">Largest absolute difference, at least 0; in percent where the truth is.</param>
    public static Score Score(Answer answer, Truth.Number truth, double tolerance = 0)
    {
        if (!double.IsFinite(truth.Answer))
            throw new ArgumentException($"the true number {truth.Answer} is not finite", nameof(truth));
        if (!(tolerance >= 0))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "the tolerance must be at least 0");

        (NumberToken? read, string problem) = Find(answer);
        if (read is not { } number)
            return Rewards.Score.Zero(problem);
        return IsNear(number, truth, tolerance)
            ? Rewards.Score.One("same number")
            : Rewards.Score.Zero(string.Create(
                CultureInfo.InvariantCulture, $"{number.Value:R}{(number.IsPercent ? "%" : "")} is not the number"));
    }

    /// <summary>The one number of the answer that <see cref="AnswerFormat.Auto"/> finds, "5%" as 0.05; or null and why there is none.</summary>
    public static (double? Number, string Problem) Read(string completion)
    {
        (NumberToken? found, string problem) = Find(AnswerFormat.Auto.Read(completion));
        return (found is { } number ? number.IsPercent ? number.Value / 100 : number.Value : null, problem);
    }

    private static (NumberToken? Number, string Problem) Find(Answer answer)
    {
        if (answer.Text is null)
            return (null, answer.Problem);
        (NumberToken? number, string problem) = Only(answer.Plain);
        if (problem == Several)
            (number, problem) = Only(answer.Sentence);
        if (problem == Several && answer.Sentence.AsSpan().LastIndexOfAny('=', '\u2248') is >= 0 and var equals)
            (number, problem) = Only(answer.Sentence.AsSpan(equals + 1));
        if (problem == Several)
            (number, problem) = answer.IsMarked ? Only(Sentences.BeforeReason(answer.Sentence)) : Announced(answer.Plain);
        return number is null && problem.Length == 0 ? InWords(answer.Sentence) : (number, problem);
    }

    // "3 red and 4 blue. Total: 7"
    private static (NumberToken? Number, string Problem) Announced(string text) =>
        Marker.FindNumber(text).Text is { } said ? Only(Sentences.First(said)) : (null, Several);

    private static (NumberToken? Number, string Problem) InWords(string text)
    {
        if (ChineseNumber.TryWhole(text, out NumberToken chinese))
            return (chinese, "");
        ReadOnlySpan<char> words = text.AsSpan().TrimEnd(".!");
        words = words.StartsWith("a ", StringComparison.OrdinalIgnoreCase) ? words[2..] : words;
        bool half = words.StartsWith("half", StringComparison.OrdinalIgnoreCase) && !NumberText.IsWordAt(words, 4);
        return half ? (new(0.5, false, 0, 4), "") : (null, "no number");
    }

    /// <summary>True where a number is the truth, or near it, in the reading of percent that the truth allows.</summary>
    internal static bool IsNear(NumberToken number, Truth.Number truth, double tolerance)
    {
        double slack = tolerance + (Rounding * Math.Max(1, Math.Abs(truth.Answer)));
        double other = number.IsPercent == truth.IsPercent ? number.Value : truth.IsPercent ? number.Value * 100 : number.Value / 100;
        return Math.Abs(number.Value - truth.Answer) <= slack || Math.Abs(other - truth.Answer) <= slack;
    }

    private static (NumberToken? Number, string Problem) Only(ReadOnlySpan<char> text)
    {
        NumberToken? only = null;
        for (int at = 0; NumberText.Next(text, ref at, out NumberToken number);)
        {
            if (!double.IsFinite(number.Value))
                return (null, "a number too large to hold");
            if (IsDenied(text, number.Start))
                continue;
            if (only is { } other && !IsSame(other, number))
                return (null, Several);
            only = only is { IsPercent: true } ? only : number;
        }

        return (only, "");
    }

    private static bool IsDenied(ReadOnlySpan<char> text, int at)
    {
        int last = at > 0 && text[at - 1] == ' ' ? at - 2 : at - 1;
        return last > 0 && Denial.MayEnd(text[last]) && Denial.Before(text[Math.Max(0, at - Denial.Longest)..at]);
    }

    // "50%, that is 0.5" says one number.
    private static bool IsSame(NumberToken one, NumberToken other)
    {
        if (one.Value == other.Value)
            return true;
        (NumberToken percent, NumberToken bare) = one.IsPercent ? (one, other) : (other, one);
        return percent.IsPercent && !bare.IsPercent
            && Math.Abs((percent.Value / 100) - bare.Value) <= Rounding * Math.Max(1, Math.Abs(bare.Value));
    }
}
