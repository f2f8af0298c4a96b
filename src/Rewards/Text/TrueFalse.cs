using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where the answer says "true" or "false" and that is the truth.</summary>
/// <remarks>An answer that says both, or "not true", says neither side or the other: see <see cref="YesNo"/>.</remarks>
public static partial class TrueFalse
{
    /// <summary>Compares the answer with a truth of "true" or "false".</summary>
    /// <exception cref="ArgumentException">The truth is neither.</exception>
    public static Score Score(string completion, string truth) =>
        Score(completion, YesNo.Side(truth, "true", "false"));

    /// <summary>Compares the answer with a truth.</summary>
    public static Score Score(string completion, bool truth) =>
        YesNo.Match(completion, TrueWord(), FalseWord(), truth);

    private const RegexOptions Any = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\btrue\b", Any)]
    private static partial Regex TrueWord();

    [GeneratedRegex(@"\b(?:false|not)\b", Any)]
    private static partial Regex FalseWord();
}
