using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Rewards for completions that affirm or deny.</summary>
/// <remarks>An answer that says both, such as "yes or no" or "Yes, there is no dog", says neither: 0.</remarks>
public static partial class YesNo
{
    /// <summary>1 where the answer says yes and that is <paramref name="truth"/>, or no and that is not.</summary>
    public static Score Match(string completion, bool truth) => Match(completion, YesWord(), NoWord(), truth);

    /// <summary>The same for "true" and "false".</summary>
    public static Score TrueFalse(string completion, bool truth) => Match(completion, TrueWord(), FalseWord(), truth);

    private static Score Match(string completion, Regex affirms, Regex denies, bool truth)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Score.Zero(problem);

        (bool yes, bool no) = (affirms.IsMatch(answer), denies.IsMatch(answer));
        if (yes == no)
            return Score.Zero(yes ? "affirms and denies" : "neither affirms nor denies");
        return yes == truth ? Score.One("same side") : Score.Zero("the other side");
    }

    private const RegexOptions Any = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\byes\b", Any)]
    private static partial Regex YesWord();

    [GeneratedRegex(@"\b(?:no|not)\b", Any)]
    private static partial Regex NoWord();

    [GeneratedRegex(@"\btrue\b", Any)]
    private static partial Regex TrueWord();

    [GeneratedRegex(@"\b(?:false|not)\b", Any)]
    private static partial Regex FalseWord();
}
