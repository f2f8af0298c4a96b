using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>AI2D's reading of a choice.</summary>
/// <remarks>
/// Kembhavi et al. 2016, arXiv:1603.07396, publishes no scorer of texts: official is lmms-eval's reading, which papers quote.
/// lmms-eval, lmms_eval/tasks/ai2d/utils.py (MultiChoiceRegexFilter) and ai2d.yaml: a capital and a full stop at the start, white space
/// before them aside; otherwise the whole answer must be the letter, case and ASCII punctuation aside, so that "(b)" is B, and "B "
/// with its space is not. VLMEvalKit: <see cref="MmBenchChoice"/>.
/// </remarks>
public static partial class Ai2dChoice
{
    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.VlmEvalKit)
            return MmBenchChoice.Read(answer, options);
        if (Leading().Match(answer) is { Success: true } match)
            return new(match.Groups[1].Value[0], "the letter that it begins with");
        return GqaMatch.WithoutCaseAndMarks(answer) is [var letter and >= 'a' and <= 'z']
            ? new(char.ToUpperInvariant(letter), "a letter alone")
            : ReadChoice.None("neither a letter alone nor a letter and a full stop at the start");
    }

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    [GeneratedRegex(@"\A\s*([A-Z])\.")]
    private static partial Regex Leading();
}
