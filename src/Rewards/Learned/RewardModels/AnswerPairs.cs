using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned;

/// <summary>Which answers to one question are paired.</summary>
public enum Pairing
{
    /// <summary>Pairs at random among all that are far enough apart: they show the reward model every height of the scale.</summary>
    Random,

    /// <summary>The best and the worst, then the next best and the next worst, and so on.</summary>
    BestWorst,
}

/// <summary>How sampled answers become pairs.</summary>
[Category("Pairs")]
public sealed record AnswerPairOptions
{
    /// <summary>Which answers are paired.</summary>
    /// <value>The default is random.</value>
    [Description("which answers to a question are paired: at random, or the best with the worst")]
    public Pairing Pairing { get; init; }

    /// <summary>Most pairs of one question.</summary>
    /// <value>The default is 4.</value>
    [Description("most pairs of a question"), Range(1, int.MaxValue)]
    public int PairsPerQuestion { get; init; } = 4;

    /// <summary>Answers whose scores differ by less are not paired; those of equal scores never are.</summary>
    /// <value>The default is 0.</value>
    [Description("smallest difference between the scores of a pair, in the units of the reward; equal scores are never paired"), Range(0d, double.MaxValue)]
    public double MinGap { get; init; }
}

/// <summary>Pairs of a policy's own answers that a reward tells apart.</summary>
/// <remarks>
/// A reward model is trained where it will be asked: on answers of the policy that it will reward (Ouyang et al. 2022,
/// arXiv:2203.02155, section 3.4: comparisons between K answers to a prompt), labelled by rules, people or a judge (Lee et al. 2023,
/// arXiv:2309.00267).
/// </remarks>
public static class AnswerPairs
{
    /// <summary>Pairs the answers to one question.</summary>
    /// <param name="example">The question.</param>
    /// <param name="answers">As they were written. Equal texts count once; an empty one is no side of a pair.</param>
    /// <param name="scores">One for each; NaN for an answer that was not scored, which is left out.</param>
    /// <param name="options">How.</param>
    /// <param name="random">Chooses among pairs.</param>
    /// <returns>The chosen answer has the higher score; <see cref="Preference.Strength"/> is the difference.</returns>
    /// <exception cref="ArgumentException">There is not a score for each answer.</exception>
    public static IReadOnlyList<Preference> Of(
        Example example, IReadOnlyList<string> answers, IReadOnlyList<double> scores, AnswerPairOptions options, RandomStream random)
    {
        if (answers.Count != scores.Count)
            throw new ArgumentException($"{answers.Count} answers and {scores.Count} scores", nameof(scores));
        (string Text, double Score)[] known = [.. answers.Select(text => text.Trim()).Zip(scores)
            .Where(one => one.First.Length > 0 && !double.IsNaN(one.Second)).DistinctBy(one => one.First).OrderByDescending(one => one.Second)];
        IEnumerable<(int Better, int Worse)> pairs = options.Pairing == Pairing.BestWorst
            ? Enumerable.Range(0, known.Length / 2).Select(i => (i, known.Length - 1 - i))
            : Shuffled(known.Length, random);
        return [.. pairs.Select(pair => (Better: known[pair.Better], Worse: known[pair.Worse])).Where(FarApart).Take(options.PairsPerQuestion)
            .Select(pair => Preference.Of(example, pair.Better.Text, pair.Worse.Text) with { Strength = pair.Better.Score - pair.Worse.Score })];

        bool FarApart(((string, double Score) Better, (string, double Score) Worse) pair) =>
            pair.Better.Score > pair.Worse.Score && pair.Better.Score - pair.Worse.Score >= options.MinGap;
    }

    private static (int Better, int Worse)[] Shuffled(int count, RandomStream random)
    {
        (int, int)[] all = [.. from better in Enumerable.Range(0, count) from worse in Enumerable.Range(better + 1, count - better - 1) select (better, worse)];
        random.Shuffle<(int, int)>(all);
        return all;
    }
}
