using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where the answer says "yes" or "no" and that is the truth.</summary>
/// <remarks>An answer that says both, such as "yes or no" or "Yes, there is no dog", says neither: 0.</remarks>
public static partial class YesNo
{
    /// <summary>Compares the answer with a truth of "yes" or "no".</summary>
    /// <exception cref="ArgumentException">The truth is neither.</exception>
    public static Score Score(string completion, string truth) => Score(completion, Side(truth, "yes", "no"));

    /// <summary>Compares the answer with a truth: true is "yes".</summary>
    public static Score Score(string completion, bool truth) => Match(completion, YesWord(), NoWord(), truth);

    internal static bool Side(string truth, string affirms, string denies) =>
        truth?.Trim().ToLowerInvariant() is { } word && (word == affirms || word == denies)
            ? word == affirms
            : throw new ArgumentException($"the truth '{truth}' is neither {affirms} nor {denies}", nameof(truth));

    internal static Score Match(string completion, Regex affirms, Regex denies, bool truth)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);

        (bool yes, bool no) = (affirms.IsMatch(answer), denies.IsMatch(answer));
        if (yes == no)
            return Rewards.Score.Zero(yes ? "affirms and denies" : "neither affirms nor denies");
        return yes == truth ? Rewards.Score.One("same side") : Rewards.Score.Zero("the other side");
    }

    private const RegexOptions Any = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\byes\b", Any)]
    private static partial Regex YesWord();

    [GeneratedRegex(@"\b(?:no|not)\b", Any)]
    private static partial Regex NoWord();
}
