namespace Vlm.Rewards.Learned.Judges;

/// <summary>What one member of a group won.</summary>
/// <param name="Wins">A win is 1, a tie 0.5.</param>
/// <param name="Comparisons">With how many others it was compared.</param>
public readonly record struct WinCount(double Wins, int Comparisons)
{
    /// <summary>Wins over comparisons; null without any.</summary>
    public double? Rate => Comparisons == 0 ? null : Wins / Comparisons;
}

/// <summary>Win rates of a group: who is compared with whom, and what each won.</summary>
/// <remarks>Pref-GRPO, Wang et al. 2025, arXiv:2508.20751: reward_i = wins_i / comparisons_i.</remarks>
public static class WinRates
{
    /// <summary>All pairs of a group, each once.</summary>
    /// <param name="members">G.</param>
    /// <returns>G (G - 1) / 2 pairs, the smaller number first.</returns>
    public static IReadOnlyList<(int First, int Second)> AllPairs(int members) =>
        [.. from i in Enumerable.Range(0, members) from j in Enumerable.Range(i + 1, members - i - 1) select (i, j)];

    /// <summary>Pairs in which every member has as many random opponents.</summary>
    /// <remarks>
    /// The members stand in a ring in random order, and each meets those within k / 2 places of it; where k is odd,
    /// also the one across, and where there is none, since G is odd, one more on each side. As all have as many
    /// comparisons, the win rates still add up to G / 2.
    /// </remarks>
    /// <param name="members">G.</param>
    /// <param name="opponents">k; 0, or G - 1 and above, for all.</param>
    /// <param name="random">Draws the order.</param>
    public static IReadOnlyList<(int First, int Second)> RandomPairs(int members, int opponents, RandomStream random)
    {
        if (opponents <= 0 || opponents >= members - 1)
            return AllPairs(members);
        int[] ring = [.. Enumerable.Range(0, members)];
        random.Shuffle<int>(ring);
        int near = members % 2 == 0 ? opponents / 2 : (opponents + 1) / 2;
        var pairs = new SortedSet<(int, int)>();
        for (int place = 0; place < members; place++)
        {
            for (int far = 1; far <= near; far++)
                Add(place, place + far);
            if (opponents % 2 == 1 && members % 2 == 0)
                Add(place, place + members / 2);
        }

        return [.. pairs];

        void Add(int one, int other)
        {
            (int a, int b) = (ring[one], ring[other % members]);
            pairs.Add((Math.Min(a, b), Math.Max(a, b)));
        }
    }

    /// <summary>What each member won.</summary>
    /// <param name="members">G.</param>
    /// <param name="pairs">Who was compared.</param>
    /// <param name="outcomes">To the first of each pair: 1 won, 0 lost, 0.5 tie; null where
    /// they were not compared.</param>
    /// <exception cref="ArgumentException">There are not as many outcomes as pairs.</exception>
    public static IReadOnlyList<WinCount> Of(
        int members, IReadOnlyList<(int First, int Second)> pairs, IReadOnlyList<double?> outcomes)
    {
        if (pairs.Count != outcomes.Count)
            throw new ArgumentException(
                $"{pairs.Count} pairs and {outcomes.Count} outcomes must be as many", nameof(outcomes));
        var won = new WinCount[members];
        foreach (((int first, int second), double? outcome) in pairs.Zip(outcomes))
            if (outcome is { } value)
            {
                won[first] = new(won[first].Wins + value, won[first].Comparisons + 1);
                won[second] = new(won[second].Wins + 1 - value, won[second].Comparisons + 1);
            }

        return won;
    }
}
