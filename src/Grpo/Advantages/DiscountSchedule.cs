namespace Vlm.Grpo;

/// <summary>A discount factor that grows with what an agent has mastered: early steps first, the rest when these stand.
/// Immutable.</summary>
/// <remarks>
/// <code>
/// gamma = alpha^(1 / k)        k: steps, turns or sub-goals mastered
/// k grows by 1, at most 5 times an update, while P90 over demonstrations of LIS(nearest[0..k]) >= floor(0.9 reference[k])
/// </code>
/// LIS is the length of the longest increasing subsequence, nearest[t] the step of the demonstration that the agent's observation t
/// looks most like, among the first k. Liu et al. 2024, Imitation Learning from Observation with Automatic Discount Scheduling,
/// arXiv:2310.07433, section 4; released code. Single answers have one turn, so no recipe here sets it: it is for the
/// gamma of <see cref="Gae"/> in episodes of several turns. <see cref="Progress"/> is all its state.
/// </remarks>
/// <param name="Horizon">Steps of an episode, 1 or more.</param>
/// <param name="Progress">k, 1 to <paramref name="Horizon"/>.</param>
/// <param name="Alpha">What a reward k steps later is worth, above 0 and at most 1.</param>
public sealed record DiscountSchedule(int Horizon, int Progress, double Alpha = 0.2)
{
    private const double Threshold = 0.9, AgentPercentile = 0.9, ReferencePercentile = 0.5, Start = 0.2;
    private const int MostAtOnce = 5;

    /// <summary>The schedule of an agent that has mastered nothing: k is a fifth of the horizon.</summary>
    public static DiscountSchedule Begin(int horizon, double alpha = 0.2) => new(horizon, Math.Max(1, (int)(Start * horizon)), alpha);

    /// <summary>The discount factor now.</summary>
    public double Gamma => Math.Pow(Alpha, 1.0 / Progress);

    /// <summary>After an episode.</summary>
    /// <param name="costs">For each demonstration, [observation][step of it]: how unlike they are.</param>
    /// <param name="reference">From <see cref="Reference"/>: what demonstrations reach against one another, by steps.</param>
    public DiscountSchedule After(IReadOnlyList<double[][]> costs, IReadOnlyList<double> reference)
    {
        int progress = Progress;
        for (int grown = 0; grown < MostAtOnce && progress < Horizon; grown++, progress++)
            if (Percentile([.. costs.Select(cost => Matched(cost, progress))], AgentPercentile)
                < Math.Floor(Threshold * reference[progress - 1]))
                break;
        return this with { Progress = progress };
    }

    /// <summary>After rollouts of an agent whose turns are solved or not:
    /// k turns are mastered where that share of rollouts solved them all.</summary>
    /// <param name="solved">Turns that each rollout solved, from the first on without a gap.</param>
    /// <param name="share">p, above 0 and at most 1.</param>
    public DiscountSchedule After(IReadOnlyCollection<int> solved, double share)
    {
        int progress = Progress;
        while (progress < Math.Min(Horizon, Progress + MostAtOnce) && solved.Count(turns => turns >= progress) >= share * solved.Count)
            progress++;
        return this with { Progress = progress };
    }

    /// <summary>What demonstrations reach against one another: the median over pairs, for 1, 2, 3 ... steps.</summary>
    /// <param name="pairs">The costs of each demonstration against each other one; at least one.</param>
    public static double[] Reference(IReadOnlyList<double[][]> pairs) => [.. Enumerable.Range(1, pairs.Min(cost => cost.Length))
        .Select(steps => Percentile([.. pairs.Select(cost => Matched(cost, steps))], ReferencePercentile))];

    /// <summary>The length of the longest strictly increasing subsequence.</summary>
    public static int LongestIncreasing(IReadOnlyList<int> numbers)
    {
        var ends = new List<int>();        // the smallest end of an increasing subsequence of each length
        foreach (int number in numbers)
        {
            int at = ends.BinarySearch(number);
            if (at >= 0)
                continue;
            if (~at == ends.Count)
                ends.Add(number);
            else
                ends[~at] = number;
        }

        return ends.Count;
    }

    private static double Matched(double[][] cost, int steps) => LongestIncreasing(
        [.. cost.Take(steps).Select(row => row.Take(steps).Index().MinBy(item => item.Item).Index)]);

    // Linear between neighbours, as numpy has it.
    private static double Percentile(double[] numbers, double share)
    {
        Array.Sort(numbers);
        double place = share * (numbers.Length - 1);
        int below = (int)place;
        double above = numbers[Math.Min(below + 1, numbers.Length - 1)];
        return numbers[below] + (place - below) * (above - numbers[below]);
    }
}
