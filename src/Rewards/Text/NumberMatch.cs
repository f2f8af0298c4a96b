using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where the answer is the true number.</summary>
/// <remarks>
/// Read are digits ("1,000", "-2.5", "3e4", "5%" as 0.05) and the words zero to twenty and none. The answer, as
/// <see cref="Answers"/> finds it, may say a number more than once; two different numbers are no answer.
/// </remarks>
public static partial class NumberMatch
{
    private static readonly string[] s_words =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ];

    /// <summary>
    /// 1 where the answered number is within <paramref name="tolerance"/> of the truth, both ends included.
    /// </summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">Finite.</param>
    /// <param name="tolerance">Largest absolute difference, at least 0.</param>
    public static Score Score(string completion, double truth, double tolerance = 0)
    {
        if (!double.IsFinite(truth))
            throw new ArgumentException($"the true number {truth} is not finite", nameof(truth));
        if (!(tolerance >= 0))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "the tolerance must be at least 0");

        (double? read, string problem) = Read(completion);
        if (read is not { } number)
            return Rewards.Score.Zero(problem);
        double rounding = 1e-12 * Math.Max(1, Math.Abs(truth));
        return Math.Abs(number - truth) <= tolerance + rounding
            ? Rewards.Score.One("same number")
            : Rewards.Score.Zero(string.Create(CultureInfo.InvariantCulture, $"{number:R} is not the number"));
    }

    /// <summary>The one number of the answer; or null and why there is none.</summary>
    public static (double? Number, string Problem) Read(string completion)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return (null, problem);

        double? only = null;
        for (Match match = Number().Match(answer); match.Success; match = match.NextMatch())
        {
            double number = Value(match);
            if (!double.IsFinite(number))
                return (null, "a number too large to hold");
            if (only is { } other && other != number)
                return (null, "several different numbers");
            only = number;
        }

        return (only, only is null ? "no number" : "");
    }

    private static double Value(Match match)
    {
        if (match.Groups["word"] is { Success: true } word)
            return Math.Max(0, Array.IndexOf(s_words, word.Value.ToLowerInvariant()));   // "none" is not listed: 0

        string digits = match.Groups["digits"].Value
            .Replace(",", "", StringComparison.Ordinal).Replace('\u2212', '-');
        double value = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        return match.Groups["percent"].Success ? value / 100 : value;
    }

    // [0-9] and not \d, which also matches digits that double.Parse refuses.
    [GeneratedRegex(
        @"(?<![0-9A-Za-z_])(?:(?<digits>[-+\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+|(?=\.[0-9]))"
        + @"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4}(?![0-9]))?)(?<percent>%)?"
        + "|(?<word>zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
        + "|sixteen|seventeen|eighteen|nineteen|twenty|none)(?![A-Za-z]))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
