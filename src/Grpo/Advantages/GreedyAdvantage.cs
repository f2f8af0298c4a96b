namespace Vlm.Grpo;

/// <summary>What a sampled answer earned beyond the greedy answer to the same prompt.</summary>
/// <remarks>
/// <code>
/// A[t] = G[t] - r(greedy)        G: sum of rewards from action t on, not discounted
/// </code>
/// ReMax, Li et al. 2023, arXiv:2310.10505, algorithm 1. No group is needed; each prompt is answered once more.
/// </remarks>
internal static class GreedyAdvantage
{
    public static Advantage[][] Estimate(AdvantageInput input)
    {
        IReadOnlyList<double[]> baselines = input.Baselines
            ?? throw new ArgumentException("remax needs what the greedy answer to each prompt earned");
        return input.Each((g, i) => double.IsNaN(baselines[g][i]) ? 0
            : input.Segments?[g][i] is null ? input.Rewards[g][i] - baselines[g][i]
            : ((Advantage)(input with { Gamma = 1 }).Returns(g, i)).Map(value => value - baselines[g][i]));
    }
}
