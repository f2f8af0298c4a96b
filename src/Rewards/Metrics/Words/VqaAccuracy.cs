using System.Globalization;

namespace Vlm.Rewards;

/// <summary>VQA accuracy: an answer is right as far as three of ten people gave it.</summary>
/// <remarks>
/// Antol et al. 2015, arXiv:1505.00468, section 3: the mean over people i of min(1, matches among the others / 3); of ten people nine or
/// four matches give 1, three 0.9, two 0.6, one 0.3. Sources: GT-Vision-Lab/VQA, PythonEvaluationTools/vqaEvaluation/vqaEval.py
/// (evaluate); lmms-eval, lmms_eval/tasks/vqav2/utils.py; VLMEvalKit, vlmeval/dataset/utils/vqa_eval.py (process_line). The official
/// scorer normalises (<see cref="VqaWords"/>) only where people's answers differ: "Red" to ten of "red" is 0 there, 1 in the harnesses.
/// </remarks>
public static class VqaAccuracy
{
    /// <summary>Scores an answer to a question of VQAv2 or OK-VQA.</summary>
    /// <param name="answer">All that the model wrote: nothing is cut out of it.</param>
    /// <param name="people">What people answered, as often as they did; ten as a rule.</param>
    /// <param name="mode">Whose rules.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentException">Nobody answered.</exception>
    public static Score Score(string answer, IReadOnlyList<string> people, ScoringMode mode = ScoringMode.Official)
    {
        string said = VqaWords.OneLine(answer);
        string[] truths = [.. people.Select(VqaWords.OneLine)];
        if (mode == ScoringMode.Official && truths.Distinct().Count() == 1)
            return Agreement(said, truths);
        return Agreement(VqaWords.Normalize(said, mode), [.. truths.Select(truth => VqaWords.Normalize(truth, mode))]);
    }

    /// <summary>The formula, of texts as they stand.</summary>
    internal static Score Agreement(string said, IReadOnlyList<string> people)
    {
        if (people.Count == 0)
            throw new ArgumentException("nobody answered: there is nothing to compare with", nameof(people));
        int gave = people.Count(person => person == said);
        double value = (((people.Count - gave) * Share(gave)) + (gave * Share(gave - 1))) / people.Count;
        return new(value, string.Create(CultureInfo.InvariantCulture, $"the answer of {gave} of {people.Count}"));
    }

    private static double Share(int matches) => Math.Clamp(matches / 3.0, 0, 1);
}
