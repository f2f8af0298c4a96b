namespace Vlm.Rewards.Learned.Rounds;

/// <summary>What a judge said in one round of looking, against what is right.</summary>
/// <param name="Overall">Its overall preference is right.</param>
/// <param name="Dimensions">For each dimension, whether it is right there.</param>
public sealed record RoundVerdict(bool Overall, IReadOnlyList<bool> Dimensions);

/// <summary>Rewards of a judge that looks again and again before it decides.</summary>
/// <remarks>VR-Thinker, arXiv:2510.10518: accuracy, gain of the chain of thought, exploration.</remarks>
public static class RoundRewards
{
    /// <summary>acc = alpha 1[overall right] + (1 - alpha) mean_d 1[dimension d right].</summary>
    /// <param name="round">What was said.</param>
    /// <param name="alpha">The weight of the overall verdict, 0 to 1.</param>
    /// <exception cref="ArgumentException">There are no dimensions, or alpha is out of its range.</exception>
    public static double Accuracy(RoundVerdict round, double alpha = 0.5)
    {
        if (round.Dimensions.Count == 0)
            throw new ArgumentException("a round has a verdict for each dimension, and there are none", nameof(round));
        if (!(alpha is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "alpha is from 0 to 1");
        return (round.Overall ? alpha : 0) + (1 - alpha) * round.Dimensions.Average(right => right ? 1.0 : 0);
    }

    /// <summary>k sum_i (acc_{i+1} - acc_i): what the rounds have added; k (last - first).</summary>
    /// <param name="accuracies">Of each round, in order; of one round there is no gain.</param>
    /// <param name="k">The weight.</param>
    public static double Gain(IReadOnlyList<double> accuracies, double k) =>
        k * accuracies.Zip(accuracies.Skip(1), (before, after) => after - before).Sum();

    /// <summary>max(omega - R, 0) for each sample that looked again, 0 for the others; R is the share of a group that did.</summary>
    /// <param name="multimodal">For each sample of a group, whether it asked for frames.</param>
    /// <param name="omega">The share that is wanted.</param>
    public static double[] Exploration(IReadOnlyList<bool> multimodal, double omega)
    {
        double share = multimodal.Count == 0 ? 0 : multimodal.Average(looked => looked ? 1.0 : 0);
        return [.. multimodal.Select(looked => looked ? Math.Max(omega - share, 0) : 0)];
    }
}
