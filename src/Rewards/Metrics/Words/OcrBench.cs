namespace Vlm.Rewards;

/// <summary>OCRBench: the answer contains the text that is to be read; the benchmark's total is the sum over its 1000 questions.</summary>
/// <remarks>
/// Liu et al. 2024, arXiv:2305.07895, section 3. Sources: Yuliang-Liu/MultimodalOCR, OCRBench/scripts/LLaVA1_5.py; lmms-eval,
/// lmms_eval/tasks/ocrbench/utils.py; VLMEvalKit, vlmeval/dataset/image_vqa.py (OCRBench). Both sides in lower case, stripped, line
/// breaks as spaces. Handwritten formulas (HME100k) keep their case and lose all spaces instead. lmms-eval alone reads full-width ASCII
/// as ASCII, except in formulas.
/// </remarks>
public static class OcrBench
{
    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truths">Texts any of which the answer may contain.</param>
    /// <param name="isFormula">
    /// The question is of HME100k, whose type is "Handwritten Mathematical Expression Recognition".
    /// </param>
    /// <param name="mode">Whose rules.</param>
    /// <exception cref="ArgumentException">There is no truth.</exception>
    public static Score Score(
        string answer, IReadOnlyList<string> truths, bool isFormula = false, ScoringMode mode = ScoringMode.Official)
    {
        if (truths.Count == 0)
            throw new ArgumentException("there is no true answer", nameof(truths));
        string said = As(answer, isFormula, mode);
        return truths.Any(truth => said.Contains(As(truth, isFormula, mode), StringComparison.Ordinal))
            ? Rewards.Score.One("contained") : Rewards.Score.Zero("not contained");
    }

    private static string As(string text, bool isFormula, ScoringMode mode)
    {
        if (isFormula)
            return PythonText.Strip(text).Replace('\n', ' ').Replace(" ", "", StringComparison.Ordinal);
        string said = mode == ScoringMode.LmmsEval ? string.Concat(text.Select(HalfWidth)) : text;
        return PythonText.Strip(PythonText.Lower(said)).Replace('\n', ' ');
    }

    private static char HalfWidth(char letter) => letter switch
    {
        >= '\uFF01' and <= '\uFF5E' => (char)(letter - 0xFEE0),
        '\u3000' => ' ',
        _ => letter,
    };
}
