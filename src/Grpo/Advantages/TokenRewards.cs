using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>One completion's score as a reward for each of its actions. Pure, in double precision.</summary>
/// <remarks>
/// <code>
/// r[t] = - weight * (log p(a[t]) - log p_reference(a[t])) + (score where a[t] is the last action)
/// </code>
/// Ziegler et al. 2019, arXiv:1909.08593, equation 2; Ouyang et al. 2022, arXiv:2203.02155, equation 2. The
/// divergence is the k1 estimate of Schulman 2020, http://joschu.net/blog/kl-approx.html: in a reward, unlike in a
/// loss, its mean has the gradient of the divergence.
/// </remarks>
public static class TokenRewards
{
    /// <summary>Gives the score to the last action, and charges for every action what it departs from the reference.</summary>
    /// <param name="score">Of the whole completion.</param>
    /// <param name="logProbs">Natural log-probs of its actions under the policy that sampled them; at least one.</param>
    /// <param name="reference">The same actions under the reference; null charges nothing.</param>
    /// <param name="klWeight">Reward units per nat; 0 needs no reference.</param>
    /// <param name="segments">What of the score belongs to each action, as <see cref="Place"/> gives it; null for nothing.</param>
    /// <returns>One reward per action.</returns>
    /// <exception cref="ArgumentException">No action, other lengths, or a weight without a reference.</exception>
    public static double[] Shape(
        double score, IReadOnlyList<float> logProbs, IReadOnlyList<float>? reference = null, double klWeight = 0,
        IReadOnlyList<double>? segments = null)
    {
        if (logProbs.Count == 0)
            throw new ArgumentException("a completion without actions has no place for a score", nameof(logProbs));
        if (klWeight != 0 && reference is null)
            throw new ArgumentException($"a divergence weighted {klWeight} needs the reference's log-probs");
        if (reference is not null && reference.Count != logProbs.Count)
            throw new ArgumentException($"{logProbs.Count} log-probs and {reference.Count} of the reference");

        var rewards = new double[logProbs.Count];
        if (klWeight != 0)
            for (int t = 0; t < rewards.Length; t++)
                rewards[t] = -klWeight * ((double)logProbs[t] - reference![t]);
        rewards[^1] += score;
        if (segments is not null)
        {
            rewards[^1] -= segments.Sum();
            for (int t = 0; t < rewards.Length; t++)
                rewards[t] += segments[t];
        }
        return rewards;
    }

    /// <summary>The rewards of segments at the actions that end them: r[t] = sum_j 1[t = end of j] R_j.</summary>
    /// <remarks>FGAIF, Jing and Du 2024, arXiv:2404.05046, equation 5; its repository could not be read: this is after the card.</remarks>
    /// <param name="segments">Each with the letters of the text before its end.</param>
    /// <param name="ends">Letters of the text after each token, rising; one at least where there is a segment.</param>
    /// <returns>One per action; their sum is that of the segments. A segment that ends after all tokens counts with the last.</returns>
    public static double[] Place(IReadOnlyList<SegmentReward> segments, IReadOnlyList<int> ends)
    {
        var rewards = new double[ends.Count];
        foreach ((int end, double value) in segments)
        {
            int at = 0;
            while (at < ends.Count - 1 && ends[at] < end)
                at++;
            rewards[at] += value;
        }
        return rewards;
    }
}
