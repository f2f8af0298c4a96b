using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>MMMU's open questions: any of the texts and numbers in the key parts of an answer is the truth.</summary>
/// <remarks>
/// Yue et al. 2023, arXiv:2311.16502. Official: MMMU-Benchmark/MMMU, mmmu/utils/eval_utils.py (parse_open_response, eval_open). Of each
/// line the shortest text behind "could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ", and behind "=" in the
/// last line; all of the answer where no line has any. These texts, and all numbers in them, are compared: a text where it contains
/// the truth, a number where it equals the truth to two decimals. lmms-eval, lmms_eval/tasks/mmmu/utils.py, parses the same, then keeps
/// one value and compares its letters one by one, so that no open answer is ever right. VLMEvalKit, multiple_choice.py (MMMU_preproc):
/// a choice between the truth as A and "Other Answers" as B, read by <see cref="MmBenchChoice"/>.
/// </remarks>
public static partial class MmmuOpen
{
    private static readonly string[] s_keys = ["could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result "];

    /// <summary>The texts and numbers that an answer is taken to say.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <returns>Without repetitions, in the order they were found.</returns>
    public static IReadOnlyList<OpenAnswer> Read(string answer)
    {
        string[] parts = KeyParts(PythonText.Lower(PythonText.Strip(answer).Trim('.')));
        return [.. parts.Concat(parts.SelectMany(Numbers)).SelectMany(OpenAnswer.Of).Distinct()];
    }

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truths">One true answer as a rule; any of them is right.</param>
    /// <param name="mode">Whose rules.</param>
    /// <exception cref="ArgumentException">There is no truth.</exception>
    public static Score Score(string answer, IReadOnlyList<string> truths, ScoringMode mode = ScoringMode.Official)
    {
        if (truths.Count == 0)
            throw new ArgumentException("there is no true answer", nameof(truths));
        if (mode == ScoringMode.LmmsEval)
            return Rewards.Score.Zero("lmms-eval compares single letters with the truth");
        if (mode == ScoringMode.VlmEvalKit)
            return MmBenchChoice.Score(answer, 'A', [truths is [var only] ? only : $"['{string.Join("', '", truths)}']", "Other Answers"]);
        OpenAnswer[] right = [.. truths.SelectMany(OpenAnswer.Of)];
        return Read(answer).FirstOrDefault(said => right.Any(truth => Says(said, truth))) is { } found && found != default
            ? Rewards.Score.One($"says {found}") : Rewards.Score.Zero("none of its texts and numbers is the truth");
    }

    private static bool Says(OpenAnswer said, OpenAnswer truth) => said.Number is { } number
        ? number == truth.Number : truth.Text is { } text && said.Text!.Contains(text, StringComparison.Ordinal);

    // The parser splits at a full stop before a capital too, of a text that is in lower case by then: only line breaks part it.
    private static string[] KeyParts(string said)
    {
        string[] lines = said.Split('\n');
        string[] parts = [.. lines.Select((line, i) => KeyPart(line, i == lines.Length - 1)).OfType<string>()];
        return parts.Length > 0 ? parts : [said];
    }

    private static string? KeyPart(string line, bool isLast)
    {
        string shortest = "";
        foreach (string key in isLast ? [.. s_keys, "="] : s_keys)
            if (line.LastIndexOf(key, StringComparison.Ordinal) is >= 0 and var at
                && PythonText.Strip(line[(at + key.Length)..]) is var part && (shortest.Length == 0 || part.Length < shortest.Length))
                shortest = part;
        return shortest is "" or [':' or ',' or '.' or '!' or '?' or ';' or '\''] ? null : shortest;
    }

    private static IEnumerable<string> Numbers(string text) => WithCommas().Matches(text)
        .Concat(WithExponent().Matches(text)).Concat(Simple().Matches(text)).Select(match => match.Value);

    [GeneratedRegex(@"-?\b\d{1,3}(?:,\d{3})+\b")]
    private static partial Regex WithCommas();

    // What is no number from the first of its digits is none from a later one: each run of digits is read once.
    [GeneratedRegex(@"-?(?<!\d)\d+(?:\.\d+)?[eE][+-]?\d+")]
    private static partial Regex WithExponent();

    [GeneratedRegex(@"-?(?:(?<!\d)\d+\.\d+|\.\d+|(?<!\d)\d+\b)(?![eE][+-]?\d+)(?![,\d])")]
    private static partial Regex Simple();
}
