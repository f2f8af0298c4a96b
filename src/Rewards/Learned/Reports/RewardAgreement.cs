namespace Vlm.Rewards.Learned;

/// <summary>How far a reward orders answers as one that can be verified does.</summary>
/// <param name="Pairs">Pairs to whose sides the verified reward gives different scores: the others say nothing of order.</param>
/// <param name="OrderedAlike">Share of them that both rewards order alike, half for a tie; NaN of none.</param>
/// <param name="Answers">Answers that both rewards scored.</param>
/// <param name="Spearman">Rank correlation of the two scores over these answers; NaN where one reward gives all the same.</param>
public sealed record RewardAgreement(int Pairs, double OrderedAlike, int Answers, double Spearman)
{
    /// <summary>Sums up pairs that both rewards have scored.</summary>
    /// <param name="reward">What the reward gives.</param>
    /// <param name="verified">What the verified reward gives to the chosen and the rejected answer of each.</param>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public static RewardAgreement Of(IReadOnlyList<ScoredPair> reward, IReadOnlyList<(double Chosen, double Rejected)> verified)
    {
        if (reward.Count != verified.Count)
            throw new ArgumentException($"{reward.Count} pairs and {verified.Count} verified ones must be as many", nameof(verified));
        double[] alike = [.. reward.Zip(verified).Where(pair => pair.Second.Chosen != pair.Second.Rejected)
            .Select(pair => pair.Second.Chosen > pair.Second.Rejected ? pair.First.Correct : 1 - pair.First.Correct)];
        return new(
            alike.Length, alike.Length == 0 ? double.NaN : alike.Average(), 2 * reward.Count,
            RankCorrelation.Spearman(
                [.. reward.SelectMany(pair => (double[])[pair.Chosen, pair.Rejected])],
                [.. verified.SelectMany(pair => (double[])[pair.Chosen, pair.Rejected])]));
    }
}

/// <summary>Correlation of orders.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's rho: Pearson's correlation of the ranks; equal values share the mean of their ranks.</summary>
    /// <param name="a">Any numbers.</param>
    /// <param name="b">As many.</param>
    /// <returns>-1 to 1; NaN where all of one side are equal, or there are none.</returns>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public static double Spearman(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        if (a.Count != b.Count)
            throw new ArgumentException($"{a.Count} and {b.Count} numbers must be as many", nameof(b));
        (double[] x, double[] y) = (Centred(Ranks(a)), Centred(Ranks(b)));
        return x.Zip(y, (one, other) => one * other).Sum() / Math.Sqrt(x.Sum(one => one * one) * y.Sum(one => one * one));
    }

    /// <summary>Ranks from 1, the smallest first; equal values share the mean of theirs.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        var ranks = new double[values.Count];
        int before = 0;
        foreach (IGrouping<double, int> equal in Enumerable.Range(0, values.Count).GroupBy(i => values[i]).OrderBy(group => group.Key))
        {
            int[] places = [.. equal];
            foreach (int i in places)
                ranks[i] = before + ((places.Length + 1) / 2.0);
            before += places.Length;
        }
        return ranks;
    }

    private static double[] Centred(double[] values)
    {
        double mean = values.Length == 0 ? 0 : values.Average();
        return [.. values.Select(value => value - mean)];
    }
}
