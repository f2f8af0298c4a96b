namespace Vlm.Grpo;

/// <summary>Only the best of a group learns, by how much it was better than the second: what pass@k gains by it.</summary>
/// <remarks>
/// <code>
/// A[best] = (r[best] - r[second]) / divisor        A = 0 for all others
/// </code>
/// Tang et al. 2025, arXiv:2503.19595, as verl has it (grpo_passk). Where two are best none is.
/// </remarks>
internal static class BestOfGroup
{
    /// <param name="divisor">Of a group's scored rewards, and what is added to a deviation.</param>
    public static Func<IReadOnlyList<double[]>, double, double[][]> By(Func<Spread, double, double> divisor) =>
        (groups, epsilon) => [.. groups.Select(group => Of(group, epsilon, divisor))];

    private static double[] Of(double[] group, double epsilon, Func<Spread, double, double> divisor)
    {
        var advantages = new double[group.Length];
        double[] sorted = [.. group.Where(reward => !double.IsNaN(reward)).OrderDescending()];
        if (sorted.Length > 1 && sorted[0] - sorted[1] > GroupRelative.Noise(sorted))
            advantages[Array.IndexOf(group, sorted[0])] = (sorted[0] - sorted[1]) / divisor(Spread.Of(group), epsilon);
        return advantages;
    }
}
