namespace Vlm.Rewards;

/// <summary>TextVQA accuracy: VQA accuracy of answers as EvalAI's processor writes them.</summary>
/// <remarks>
/// Singh et al. 2019, arXiv:1904.08920, section 4. Sources: facebookresearch/mmf, pythia/tasks/processors.py
/// (EvalAIAnswerProcessor), which the leaderboard runs; lmms-eval, lmms_eval/tasks/textvqa/utils.py, the same; VLMEvalKit,
/// vlmeval/dataset/utils/vqa_eval.py, which takes VQA's processor instead, with its own rule for full stops.
/// </remarks>
public static class TextVqaAccuracy
{
    /// <summary>Scores an answer.</summary>
    /// <inheritdoc cref="VqaAccuracy.Score"/>
    public static Score Score(string answer, IReadOnlyList<string> people, ScoringMode mode = ScoringMode.Official) =>
        mode == ScoringMode.VlmEvalKit ? VqaAccuracy.Score(answer, people, mode) : VqaAccuracy.Agreement(
            VqaWords.NormalizeTextVqa(answer), [.. people.Select(VqaWords.NormalizeTextVqa)]);
}
