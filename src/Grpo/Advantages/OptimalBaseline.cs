namespace Vlm.Grpo;

/// <summary>The baseline of least variance where a gradient's size grows with the length of a completion.</summary>
/// <remarks>
/// <code>
/// A[i] = r[i] - sum_j l[j] r[j] / sum_j l[j]        l: actions of a completion, over the scored ones of the group
/// </code>
/// OPO, Hao et al. 2025, arXiv:2505.23585, section 3, as verl has it. Differs from verl:
/// rewards that are equal up to rounding get exactly 0.
/// </remarks>
internal static class OptimalBaseline
{
    public static Advantage[][] Estimate(AdvantageInput input)
    {
        double[] baselines = [.. input.Rewards.Select((_, g) => Baseline(input, g))];
        return input.Each((g, i) => GroupRelative.HasNoSpread(input.Rewards[g]) ? 0 : input.Rewards[g][i] - baselines[g]);
    }

    private static double Baseline(AdvantageInput input, int group)
    {
        (double weighted, double lengths) = (0, 0);
        foreach ((int i, double reward) in input.Rewards[group].Index())
            if (!double.IsNaN(reward))
                (weighted, lengths) = (weighted + input.ActionsOf(group, i) * reward, lengths + input.ActionsOf(group, i));
        return lengths > 0 ? weighted / lengths : 0;
    }
}
