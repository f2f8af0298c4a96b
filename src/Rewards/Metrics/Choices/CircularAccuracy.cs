namespace Vlm.Rewards;

/// <summary>One rotation of a question's options, and what the answer to it earned.</summary>
/// <param name="Question">What all rotations of a question share.</param>
/// <param name="Category">For the table of parts.</param>
/// <param name="Score">Of the answer to this rotation: right where it is 1.</param>
public sealed record Rotation(string Question, string Category, Score Score);

/// <summary>MMBench's circular evaluation: a question is right where the answers to all rotations of its options are.</summary>
/// <remarks>
/// Liu et al. 2023, arXiv:2307.06281, section 4.3. Sources: VLMEvalKit, vlmeval/dataset/utils/multiple_choice.py (mcq_circular_eval,
/// prefetch_circular_group), which is the official scorer; lmms-eval, lmms_eval/tasks/mmbench/mmbench_evals.py. A rotation that is
/// unparsed fails its question. Parts: "vanilla", the share of rotations that are right, and each category's circular accuracy.
/// </remarks>
public static class CircularAccuracy
{
    /// <summary>Accuracy over questions, with its parts by category.</summary>
    /// <param name="rotations">Of all questions, in any order; a question's category is its first rotation's.</param>
    public static CorpusScore Of(IReadOnlyList<Rotation> rotations)
    {
        (string Category, bool IsRight)[] questions = [.. rotations.GroupBy(rotation => rotation.Question).Select(group =>
            (group.First().Category, group.All(rotation => rotation.Score.Value >= 1)))];
        IEnumerable<MetricPart> categories = questions.GroupBy(question => question.Category)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricPart(group.Key, Share(group, question => question.IsRight), group.Count()));
        return new(
            Share(questions, question => question.IsRight), questions.Length, rotations.Count(rotation => rotation.Score.IsUnparsed()),
            [new("vanilla", Share(rotations, rotation => rotation.Score.Value >= 1), rotations.Count), .. categories]);
    }

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> isRight) =>
        items.Select(item => isRight(item) ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();
}
