namespace Vlm.Rewards;

/// <summary>ChartQA's relaxed accuracy, of texts: a number may be off by 5 % of the truth, anything else must be the same.</summary>
/// <remarks>
/// Masry et al. 2022, arXiv:2203.10244, section 5.1. Sources: google-research/pix2struct, pix2struct/metrics.py (relaxed_correctness),
/// the scorer that papers quote; lmms-eval, lmms_eval/tasks/chartqa/utils.py; VLMEvalKit, vlmeval/dataset/utils/vqa_eval.py. All compare
/// |answer - truth| / |truth| with 0.05 where both texts are numbers to Python's float(), a trailing percent sign dividing by 100, and
/// the truth is not 0; else the texts without case. So "1,000", "$5", "5 million" and "Yes." fail, "5%" is not 5, 2019 passes for 2020,
/// and "0.0" fails for "0". VLMEvalKit alone strips white space first. <see cref="RelaxedAccuracy"/> reads numbers as people do instead.
/// </remarks>
public static class ChartQaAccuracy
{
    private const double Tolerance = 0.05;

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truths">One true answer as a rule; any of them is right.</param>
    /// <param name="mode">Whose rules.</param>
    /// <exception cref="ArgumentException">There is no truth.</exception>
    public static Score Score(string answer, IReadOnlyList<string> truths, ScoringMode mode = ScoringMode.Official)
    {
        if (truths.Count == 0)
            throw new ArgumentException("there is no true answer", nameof(truths));
        string said = mode == ScoringMode.VlmEvalKit ? PythonText.Strip(answer) : answer;
        double? number = Number(said);
        foreach (string truth in truths)
            if (number is { } value && Number(truth) is { } right and not 0)
            {
                if (Math.Abs(value - right) / Math.Abs(right) <= Tolerance)
                    return Rewards.Score.One("within 5 %");
            }
            else if (PythonText.Lower(said) == PythonText.Lower(truth))
                return Rewards.Score.One("same text");
        return Rewards.Score.Zero(number is null ? "no number, and another text" : "further off than 5 %");
    }

    private static double? Number(string text) =>
        text.EndsWith('%') ? PythonText.Float(text.TrimEnd('%')) / 100 : PythonText.Float(text);
}
