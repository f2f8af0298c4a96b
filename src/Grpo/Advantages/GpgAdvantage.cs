namespace Vlm.Grpo;

/// <summary>The difference from the group's mean, scaled up where only some of the step's rewards are not 0.</summary>
/// <remarks>
/// <code>
/// A[i] = alpha (r[i] - mean(group))        alpha = scored / scored with a reward that is not 0
/// </code>
/// GPG, Chu et al. 2025, arXiv:2504.02546, as verl has it.
/// </remarks>
internal static class GpgAdvantage
{
    public static double[][] Estimate(IReadOnlyList<double[]> groups, double epsilon)
    {
        double[] scored = [.. groups.SelectMany(group => group).Where(reward => !double.IsNaN(reward))];
        double alpha = scored.Length / (double)Math.Max(1, scored.Count(reward => reward != 0));
        double[][] plain = GroupRelative.By(GroupRelative.Mean, GroupRelative.One)(groups, epsilon);
        return [.. plain.Select(group => group.Select(value => alpha * value).ToArray())];
    }
}
