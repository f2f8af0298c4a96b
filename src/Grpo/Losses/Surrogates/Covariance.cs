namespace Vlm.Grpo;

/// <summary>Picks the tokens of a step whose log-prob and advantage vary together. Pure, in double precision.</summary>
/// <remarks>
/// <code>covariance[i] = (log p[i] - mean of all log p) * (A[i] - mean of all A)        over the N actions of the step</code>
/// Cui et al. 2025, arXiv:2505.22617, section 4. Log-probs are those of the policy in training at the update.
/// </remarks>
public static class Covariance
{
    /// <summary>Of each action, row by row.</summary>
    /// <param name="logProbs">Natural log, a row per completion.</param>
    /// <param name="advantages">As many.</param>
    public static double[][] Of(IReadOnlyList<float[]> logProbs, IReadOnlyList<float[]> advantages)
    {
        (double p, double a) = (Mean(logProbs), Mean(advantages));
        return [.. logProbs.Zip(advantages, (row, weights) => row.Zip(weights, (x, y) => (x - p) * (y - a)).ToArray())];
    }

    /// <summary>
    /// For kl-cov: the actions of highest covariance, <paramref name="share"/> of all rounded down, one at least; of equals the first.
    /// </summary>
    /// <returns>1 on those picked, else 0.</returns>
    public static float[][] Highest(IReadOnlyList<double[]> covariance, double share)
    {
        (int Row, int At)[] order = [.. Places(covariance).OrderByDescending(place => covariance[place.Row][place.At])];
        return Mark(covariance, order.AsSpan(0, Math.Min(order.Length, Count(order.Length, share))));
    }

    /// <summary>
    /// For clip-cov: <paramref name="share"/> of all actions rounded down, one at least, by chance from those between two bounds,
    /// fewer where fewer are.
    /// </summary>
    /// <param name="covariance">Of each action.</param>
    /// <param name="held">Which actions the clip range holds already; these are not picked. A row per completion.</param>
    /// <param name="share">Of all actions.</param>
    /// <param name="low">They lie above this.</param>
    /// <param name="high">They lie below this.</param>
    /// <param name="random">The update's own stream.</param>
    /// <returns>1 on those picked, else 0.</returns>
    public static float[][] Between(
        IReadOnlyList<double[]> covariance, IReadOnlyList<bool[]> held, double share, double low, double high, RandomStream random)
    {
        (int Row, int At)[] all = [.. Places(covariance)];
        (int Row, int At)[] open = [.. all.Where(place => !held[place.Row][place.At]
            && covariance[place.Row][place.At] > low && covariance[place.Row][place.At] < high)];
        random.Shuffle<(int, int)>(open);
        return Mark(covariance, open.AsSpan(0, Math.Min(open.Length, Count(all.Length, share))));
    }

    private static int Count(int actions, double share) => Math.Max(1, (int)(actions * share));

    private static IEnumerable<(int Row, int At)> Places(IReadOnlyList<double[]> rows) =>
        rows.SelectMany((row, i) => Enumerable.Range(0, row.Length).Select(t => (i, t)));

    private static float[][] Mark(IReadOnlyList<double[]> rows, ReadOnlySpan<(int Row, int At)> picked)
    {
        float[][] marks = [.. rows.Select(row => new float[row.Length])];
        foreach ((int row, int at) in picked)
            marks[row][at] = 1;
        return marks;
    }

    private static double Mean(IReadOnlyList<float[]> rows) =>
        rows.Sum(row => row.Sum(value => (double)value)) / Math.Max(1, rows.Sum(row => row.Length));
}
