namespace Vlm.Rewards;

/// <summary>GQA accuracy: the answer is the truth, letter for letter.</summary>
/// <remarks>
/// Hudson and Manning 2019, arXiv:1902.09506, section 4.2. Official: the evaluation script that comes with the data (eval.py)
/// compares texts as they stand. lmms-eval, lmms_eval/tasks/gqa/gqa.yaml: exact_match without case and ASCII punctuation; white space
/// counts. VLMEvalKit, vlmeval/dataset/utils/vqa_eval.py, "accuracy": without case and outer white space.
/// </remarks>
public static class GqaMatch
{
    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true answer.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, string truth, ScoringMode mode = ScoringMode.Official) =>
        As(answer, mode) == As(truth, mode) ? Rewards.Score.One("same text") : Rewards.Score.Zero("another text");

    /// <summary>
    /// Python's string.punctuation taken out, and lower case: exact_match of lmms-eval with ignore_case and ignore_punctuation.
    /// </summary>
    internal static string WithoutCaseAndMarks(string text) => string.Concat(
        PythonText.Lower(text).Where(letter => !char.IsAscii(letter) || !(char.IsPunctuation(letter) || char.IsSymbol(letter))));

    private static string As(string text, ScoringMode mode) => mode switch
    {
        ScoringMode.LmmsEval => WithoutCaseAndMarks(text),
        ScoringMode.VlmEvalKit => PythonText.Lower(PythonText.Strip(text)),
        _ => text,
    };
}
