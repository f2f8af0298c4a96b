using System.Globalization;

namespace Vlm.Rewards;

/// <summary>What wrong answers lose for being shorter or longer than the right answers to the same question, and for repeating themselves.</summary>
/// <remarks>
/// <code>
/// some answer of the group is right:  -0.25 (1 + cos(pi L / T)) for L &lt; 2 T, else -0.5     T: mean length of the right ones
/// none is:                            half of -0.25 (1 + cos(pi L / 750)) for L &lt; 750, 0 above, -0.25 from 4096 on
/// and                                 -0.5 x the share of runs of 20 words that are repeated
/// </code>
/// VL-Cogito, Yuan et al. 2025, arXiv:2507.22607, section 3.3; github.com/alibaba-damo-academy/VL-Cogito, verl/workers/reward/custom.py,
/// r1v_dyn_length_post_reward, and reward_score/aux.py. Right answers lose nothing.
/// </remarks>
public static class DynamicLength
{
    private const double Worst = -0.5, FixedTarget = 750, Limit = 4096, Half = 0.5;
    private const int Run = 20;

    /// <summary>The penalty of a wrong answer where some are right, 0 to -0.5.</summary>
    /// <param name="length">Of the answer, in tokens.</param>
    /// <param name="target">T, the mean length of the right ones.</param>
    public static double Near(double length, double target) =>
        length < 2 * target ? Half * Worst * (1 + Math.Cos(Math.PI * length / target)) : Worst;

    /// <summary>The penalty of an answer where all are wrong, 0 to -0.25.</summary>
    /// <param name="length">Of the answer, in tokens.</param>
    /// <param name="target">The length from which on nothing is lost.</param>
    /// <param name="limit">The length at which the completion is cut.</param>
    public static double Fixed(double length, double target = FixedTarget, double limit = Limit) =>
        length >= limit ? Half * Worst : length >= target ? 0 : Half * Near(length, target);

    /// <summary>The penalty of a wrong answer's repetitions, 0 to -0.5.</summary>
    /// <param name="text">All that the model wrote.</param>
    public static double Repetition(string text) => NGrams.Repeated(NGrams.Words(text), Run) is > 0 and var repeated ? Worst * repeated : 0;

    /// <summary>What each answer of a step loses, 0 to -1. Answers of one group have the same id and the same truth.</summary>
    public static IReadOnlyList<Score> Scores(IReadOnlyList<Answer> answers, IReadOnlyList<Truth> truths)
    {
        bool[] right = [.. answers.Zip(truths, (answer, truth) => truth.Kind.Accuracy.Compute(answer, truth).Value >= 1)];
        AnswerLength[] lengths = [.. answers.Select(AnswerLength.Of)];
        var scores = new Score[answers.Count];
        foreach (IGrouping<(string, Truth), int> group in Enumerable.Range(0, answers.Count).GroupBy(i => (answers[i].Id, truths[i])))
        {
            double? target = group.Where(i => right[i]).Select(i => (double?)lengths[i].Count).Average();
            foreach (int i in group)
                scores[i] = right[i] ? new(0, "right") : Wrong(answers[i], lengths[i], target);
        }

        return scores;
    }

    private static Score Wrong(Answer answer, AnswerLength length, double? target) => new(
        (target is { } mean ? Near(length.Count, mean) : Fixed(length.Count)) + Repetition(answer.Completion),
        target is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"wrong, {length}; right answers have {known:0}")
            : $"wrong, {length}; none is right");
}
