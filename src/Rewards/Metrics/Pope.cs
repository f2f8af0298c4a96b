namespace Vlm.Rewards;

/// <summary>An answer to a yes-no question about an object.</summary>
/// <param name="Text">All that the model answered; null where it did not come to an answer, which says neither yes nor no.</param>
/// <param name="IsYes">The object is there.</param>
/// <param name="Split">random, popular or adversarial; any name for the table of parts.</param>
public sealed record PopeAnswer(string? Text, bool IsYes, string Split = "");

/// <summary>POPE: F1 of "yes" on questions about objects that are there or not.</summary>
/// <remarks>
/// Li et al. 2023, arXiv:2305.10355, section 5. "Yes" is the positive class. Official: AoiDragon/POPE, evaluate.py: no where "No",
/// "no" or "not" is a word of the first sentence, commas aside, and yes in all other cases. lmms-eval, lmms_eval/tasks/pope/utils.py:
/// only "yes" or "no" and nothing else counts; other answers are wrong, and no negatives: recall leaves them out; its yes ratio is that
/// of the truth. VLMEvalKit, vlmeval/dataset/utils/yorn.py (YOrN_Extraction, POPE_rating): yes or no where it alone is a word; other
/// answers are wrong and count as no. A ratio of nothing is 0.
/// </remarks>
public static class Pope
{
    private static readonly string[] s_names = ["accuracy", "precision", "recall", "f1", "yes_ratio"];

    /// <summary>What an answer says; null where it says neither.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="mode">Whose rules; by the official ones every answer says yes or no.</param>
    public static bool? Read(string answer, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.LmmsEval)
            return PythonText.Strip(PythonText.Lower(answer)) switch { "yes" => true, "no" => false, _ => null };
        if (mode == ScoringMode.Official)
            return !answer.Split('.')[0].Replace(",", "", StringComparison.Ordinal).Split(' ').Any(word => word is "No" or "no" or "not");
        List<string> words = PythonText.Split(VqaWords.WithoutMarks(PythonText.Lower(answer), mode));
        (bool yes, bool no) = (words.Contains("yes"), words.Contains("no"));
        return yes == no ? null : yes;
    }

    /// <summary>Scores one answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="isYes">The object is there.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, bool isYes, ScoringMode mode = ScoringMode.Official) => Read(answer, mode) is not { } said
        ? Unparsed.Because("neither yes nor no") : said == isYes ? Rewards.Score.One("says so") : Rewards.Score.Zero("says the opposite");

    /// <summary>
    /// F1 of all answers; parts accuracy, precision, recall, f1 and yes_ratio, and the same for each split: "random/f1". All are shares,
    /// 0 to 1.
    /// </summary>
    /// <param name="answers">In any order.</param>
    /// <param name="mode">Whose rules.</param>
    /// <remarks>VLMEvalKit's file has a question once for several splits: give it once for each, as its own count does.</remarks>
    public static CorpusScore Of(IReadOnlyList<PopeAnswer> answers, ScoringMode mode = ScoringMode.Official)
    {
        (PopeAnswer Answer, bool? Said)[] read = [.. answers.Select(answer => (answer, answer.Text is { } text ? Read(text, mode) : null))];
        MetricPart[] parts = [.. Ratios("", read, mode), .. read.GroupBy(item => item.Answer.Split)
            .Where(split => split.Key.Length > 0).OrderBy(split => split.Key, StringComparer.Ordinal)
            .SelectMany(split => Ratios(split.Key + "/", [.. split], mode))];
        return new(parts[3].Value, answers.Count, read.Count(item => item.Said is null), parts);
    }

    private static IEnumerable<MetricPart> Ratios(string prefix, (PopeAnswer Answer, bool? Said)[] read, ScoringMode mode)
    {
        int hits = Count(true, true), negatives = Count(true, false) + (mode == ScoringMode.LmmsEval ? 0 : Count(true, null));
        double precision = Ratio(hits, hits + Count(false, true)), recall = Ratio(hits, hits + negatives);
        int yes = mode == ScoringMode.LmmsEval ? read.Count(item => item.Answer.IsYes) : read.Count(item => item.Said == true);
        double[] values =
        [
            Ratio(hits + Count(false, false), read.Length), precision, recall, Ratio(2 * precision * recall, precision + recall),
            Ratio(yes, read.Length),
        ];
        return s_names.Zip(values, (name, value) => new MetricPart(prefix + name, value, read.Length));

        int Count(bool isYes, bool? said) => read.Count(item => item.Answer.IsYes == isYes && item.Said == said);
    }

    private static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;
}
