namespace Vlm.Grpo;

/// <summary>REINFORCE++: no group is needed, the step as a whole gives mean and scale.</summary>
/// <remarks>
/// <code>
/// A[i, t] = whiten(G[i, t])        G[t] = r[t] + gamma G[t + 1], over every action of the step
/// </code>
/// Hu 2025, arXiv:2501.03262, and with the mean of the group taken off first its "baseline" form, both as verl has them. What
/// ms-swift calls by this name is neither: the difference from the group's mean over the standard deviation of these differences.
/// </remarks>
internal static class ReinforcePlusPlus
{
    /// <summary>Discounted returns, whitened over the step's actions.</summary>
    public static Advantage[][] Discounted(AdvantageInput input) =>
        TokenWhitening.Apply(input, input.Each((g, i) => input.Returns(g, i)));

    /// <summary>Rewards less the mean of their group, whitened over the step's actions.</summary>
    public static Advantage[][] GroupBaseline(AdvantageInput input)
    {
        double[] means = [.. input.Rewards.Select(group => Spread.Of(group).Mean)];
        return TokenWhitening.Apply(input, input.Each((g, i) => input.Rewards[g][i] - means[g]));
    }
}
