using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Reads yes or no: [[yes]], or a reply in which one of the two words stands and not the other.</summary>
public static class YesNoVerdict
{
    private static readonly Regex s_words = new(
        @"\b(?:yes|no)\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>True for yes.</summary>
    /// <param name="reply">What the judge wrote; thinking is dropped.</param>
    public static Verdict<bool> Read(string reply) => Verdict.AfterThinking(reply, text =>
    {
        bool? marked = Marks.Read(text, Word, out string problem);
        if (problem.Length > 0)
            return Verdict.None<bool>(problem);
        if (marked is { } given)
            return Verdict.Of(given);
        // Without a mark the word opens the reply: "there is no doubt" is no verdict.
        bool?[] said = [.. s_words.Matches(text).Select(word => Word(word.Value)).Distinct()];
        return said is [{ } one]
            && s_words.Match(text).Index == text.TakeWhile(letter => !char.IsLetterOrDigit(letter)).Count()
            ? Verdict.Of(one)
            : said.Length > 1 ? Verdict.None<bool>("both yes and no") : Verdict.NotIn<bool>(text);
    });

    private static bool? Word(string text) => text.ToUpperInvariant() switch
    {
        "YES" => true,
        "NO" => false,
        _ => null,
    };
}
