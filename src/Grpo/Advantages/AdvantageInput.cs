namespace Vlm.Grpo;

/// <summary>What an estimator may know of a step: rewards, and what some methods need beside them.
/// Groups and members in one order.</summary>
/// <param name="Rewards">Of each group, in reward units; NaN where a rollout is not scored.</param>
/// <param name="Epsilon">Added to a standard deviation, in reward units.</param>
public sealed record AdvantageInput(IReadOnlyList<double[]> Rewards, double Epsilon = 1e-4)
{
    /// <summary>How many actions each rollout has; null where nobody knows.</summary>
    public IReadOnlyList<int[]>? Actions { get; init; }

    /// <summary>What of a reward belongs to each action; null, or null for a rollout, where all of it belongs to the last.</summary>
    public IReadOnlyList<double[]?[]>? Segments { get; init; }

    /// <summary>What the greedy answer to the same prompt earned, for each rollout; NaN where it is not scored; null without one.</summary>
    public IReadOnlyList<double[]>? Baselines { get; init; }

    /// <summary>What a reward one action later is worth, 0 to 1.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>Lambda of W-REINFORCE: what a right answer weighs where a wrong one weighs 1.</summary>
    public double PositiveWeight { get; init; } = 0.1;

    /// <summary>From this reward on an answer is right, for estimators that know right and wrong alone.</summary>
    public double PositiveFrom { get; init; } = 0.5;

    /// <summary>True where a rollout has a reward.</summary>
    public bool IsScored(int group, int member) => !double.IsNaN(Rewards[group][member]);

    /// <summary>Actions of a rollout.</summary>
    /// <exception cref="ArgumentException">They are not known.</exception>
    public int ActionsOf(int group, int member) => Actions is null
        ? throw new ArgumentException("the estimator needs to know how many actions each rollout has") : Actions[group][member];

    /// <summary>The sum of rewards from each action on, each action later worth less: G[t] = r[t] + gamma G[t + 1].</summary>
    /// <returns>One per action; the score comes with the last action but for what segments earn.</returns>
    public double[] Returns(int group, int member)
    {
        var returns = new double[ActionsOf(group, member)];
        double[]? segments = Segments?[group][member];
        double after = 0, last = Rewards[group][member] - (segments?.Sum() ?? 0);
        for (int t = returns.Length - 1; t >= 0; t--)
            returns[t] = after = (t == returns.Length - 1 ? last : 0) + (segments?[t] ?? 0) + Gamma * after;
        return returns;
    }

    /// <summary>An advantage for each rollout; 0 where it is not scored.</summary>
    internal Advantage[][] Each(Func<int, int, Advantage> of) =>
        [.. Rewards.Select((group, g) => group.Select((_, i) => IsScored(g, i) ? of(g, i) : default).ToArray())];
}
