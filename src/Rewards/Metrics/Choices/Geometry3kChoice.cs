using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Geometry3K's reading of a choice.</summary>
/// <remarks>
/// Lu et al. 2021 (Inter-GPS), arXiv:2105.04165, publishes a solver that gives numbers, and no scorer of texts: official is lmms-eval's reading,
/// lmms_eval/tasks/geometry3k/utils.py: the last letter A to D, in any case, after "answer:" or "answer=", else before . ) or ], else alone in
/// the answer or, in it, as a word; an "a" in a sentence is an A. Else the first option whose text the answer contains. VLMEvalKit:
/// <see cref="MmBenchChoice"/>.
/// </remarks>
public static partial class Geometry3kChoice
{
    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.VlmEvalKit)
            return MmBenchChoice.Read(answer, options);
        string said = PythonText.Strip(answer), lower = PythonText.Lower(said);
        foreach ((Regex form, string reason) in (IEnumerable<(Regex, string)>)[(Announced(), "the letter after \"answer\""), (Marked(), "a letter and a mark"),
            (Alone(), "a letter alone"), (Word(), "a letter that is a word")])
            if (form.Matches(said) is [.., var last])
                return new(char.ToUpperInvariant(last.Groups[1].Value[0]), reason);
        int text = options.ToList().FindIndex(option => lower.Contains(PythonText.Lower(option), StringComparison.Ordinal));
        return text >= 0 ? new((char)('A' + text), "the text of an option") : ReadChoice.None("neither a letter A to D nor the text of an option");
    }

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    [GeneratedRegex(@"[Aa]nswer\s*[:=]\s*\(?([A-Da-d])\)?")]
    private static partial Regex Announced();

    [GeneratedRegex(@"\b([A-Da-d])\s*[.)\]]")]
    private static partial Regex Marked();

    [GeneratedRegex(@"^\s*\(?([A-Da-d])\)?$")]
    private static partial Regex Alone();

    [GeneratedRegex(@"\b([A-Da-d])\b")]
    private static partial Regex Word();
}
