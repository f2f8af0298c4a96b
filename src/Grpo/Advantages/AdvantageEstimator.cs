namespace Vlm.Grpo;

/// <summary>How the rewards of a step become advantages. Pure, in double precision.</summary>
public sealed record AdvantageEstimator : INamed
{
    /// <summary>(r - mean) / std of the group.</summary>
    public const string Grpo = "grpo";

    /// <summary>(r - mean of the group) / std of the batch.</summary>
    public const string GrpoBatchStd = "grpo-batch-std";

    /// <summary>r - mean of the group.</summary>
    public const string DrGrpo = "dr-grpo";

    /// <summary>r - mean of the others of the group.</summary>
    public const string Rloo = "rloo";

    /// <summary>(r - mean of the others) / std of the group.</summary>
    public const string RlooGroupStd = "rloo-group-std";

    /// <summary>(r - mean of the others of the group) / std of the batch.</summary>
    public const string RlooBatchStd = "rloo-batch-std";

    /// <summary>r - mean of the group, in which each reward counts as often as its completion has actions.</summary>
    public const string Opo = "opo";

    /// <summary>Discounted returns, whitened over the step's actions.</summary>
    public const string ReinforcePp = "reinforce-pp";

    /// <summary>r - mean of the group, whitened over the step's actions.</summary>
    public const string ReinforcePpBaseline = "reinforce-pp-baseline";

    /// <summary>(r - mean of the group) / std of these differences over the batch.</summary>
    public const string ReinforcePpBatchStd = "reinforce-pp-batch-std";

    /// <summary>r - reward of the greedy answer to the same prompt.</summary>
    public const string Remax = "remax";

    /// <summary>Best - second of the group for the best, over the std of the group.</summary>
    public const string PassAtK = "pass-at-k";

    /// <summary>Best - second of the group for the best.</summary>
    public const string PassAtKNoStd = "pass-at-k-no-std";

    /// <summary>alpha (r - mean of the group).</summary>
    public const string Gpg = "gpg";

    /// <summary>1 for a right answer; wrong ones are left out.</summary>
    public const string Psr = "psr";

    /// <summary>-1 for a wrong answer; right ones are left out.</summary>
    public const string Nsr = "nsr";

    /// <summary>lambda for a right answer, -1 for a wrong one.</summary>
    public const string WeightedReinforce = "w-reinforce";

    private const string Shao = "Shao et al. 2024, arXiv:2402.03300, section 4.1",
        Ahmadian = "Ahmadian et al. 2024, arXiv:2402.14740, equation 7", Batch = "TRL's scale_rewards=\"batch\"",
        Hu = "Hu 2025, arXiv:2501.03262", Tang = "Tang et al. 2025, arXiv:2503.19595", Zhu = "Zhu et al. 2025, arXiv:2506.01347, section 2";

    /// <summary>An estimator that needs the rewards alone.</summary>
    /// <param name="name">The paper's.</param>
    /// <param name="estimate">
    /// From the rewards of each group, NaN where one is not scored, and the number that is added to a standard deviation: an
    /// advantage for each reward, 0 where it is not scored.
    /// </param>
    /// <param name="source">Paper and equation.</param>
    public AdvantageEstimator(string name, Func<IReadOnlyList<double[]>, double, double[][]> estimate, string source)
        : this(name, input =>
            [.. estimate(input.Rewards, input.Epsilon).Select(group => group.Select(value => (Advantage)value).ToArray())], source)
    {
    }

    /// <summary>An estimator that needs more of the step.</summary>
    /// <param name="name">The paper's.</param>
    /// <param name="estimate">An advantage for each reward, or one for each action; 0 where it is not scored.</param>
    /// <param name="source">Paper and equation.</param>
    public AdvantageEstimator(string name, Func<AdvantageInput, Advantage[][]> estimate, string source) =>
        (Name, Estimate, Source) = (name, estimate, source);

    /// <summary>The paper's.</summary>
    public string Name { get; }

    /// <summary>From rewards and what else is known of a step to an advantage for each rollout, group by group.</summary>
    public Func<AdvantageInput, Advantage[][]> Estimate { get; }

    /// <summary>Paper and equation.</summary>
    public string Source { get; }

    /// <summary>It compares within groups: one of a single rollout is refused.</summary>
    public bool NeedsGroup { get; init; } = true;

    /// <summary>It needs what the greedy answer to each prompt earned.</summary>
    public bool NeedsGreedy { get; init; }

    /// <summary>A rollout of advantage 0 is no part of the step: no mean of the loss counts it.</summary>
    public bool LeavesOut { get; init; }

    /// <summary>The estimators that options choose from; a package adds its own.</summary>
    public static NamedTable<AdvantageEstimator> Table { get; } = new("advantage estimator",
        new AdvantageEstimator(Grpo, GroupRelative.By(GroupRelative.Mean, GroupRelative.GroupStd), Shao),
        new AdvantageEstimator(GrpoBatchStd, GroupRelative.By(GroupRelative.Mean, GroupRelative.BatchStd), $"{Shao}; {Batch}"),
        new AdvantageEstimator(DrGrpo, GroupRelative.By(GroupRelative.Mean, GroupRelative.One),
            "Liu et al. 2025, arXiv:2503.20783, section 3.2"),
        new AdvantageEstimator(Rloo, GroupRelative.By(GroupRelative.LeaveOneOut, GroupRelative.One), Ahmadian),
        new AdvantageEstimator(
            RlooGroupStd, GroupRelative.By(GroupRelative.LeaveOneOut, GroupRelative.GroupStd), $"{Ahmadian}; {Shao}"),
        new AdvantageEstimator(
            RlooBatchStd, GroupRelative.By(GroupRelative.LeaveOneOut, GroupRelative.BatchStd), $"{Ahmadian}; {Batch}"),
        new AdvantageEstimator(Opo, OptimalBaseline.Estimate, "Hao et al. 2025, arXiv:2505.23585, section 3"),
        new AdvantageEstimator(ReinforcePp, ReinforcePlusPlus.Discounted, Hu) { NeedsGroup = false },
        new AdvantageEstimator(ReinforcePpBaseline, ReinforcePlusPlus.GroupBaseline, Hu),
        new AdvantageEstimator(ReinforcePpBatchStd, GroupRelative.OverStdOfDifferences, $"{Hu}; ms-swift's reinforce_plus_plus"),
        new AdvantageEstimator(Remax, GreedyAdvantage.Estimate, "Li et al. 2023, arXiv:2310.10505, algorithm 1")
        {
            NeedsGroup = false,
            NeedsGreedy = true,
        },
        new AdvantageEstimator(PassAtK, BestOfGroup.By((group, epsilon) => group.Std + epsilon), Tang),
        new AdvantageEstimator(PassAtKNoStd, BestOfGroup.By((_, _) => 1), Tang),
        new AdvantageEstimator(Gpg, GpgAdvantage.Estimate, "Chu et al. 2025, arXiv:2504.02546"),
        new AdvantageEstimator(Psr, SignedAdvantage.Of(_ => 1, 0), Zhu) { NeedsGroup = false, LeavesOut = true },
        new AdvantageEstimator(Nsr, SignedAdvantage.Of(_ => 0, -1), Zhu) { NeedsGroup = false, LeavesOut = true },
        new AdvantageEstimator(WeightedReinforce, SignedAdvantage.Of(weight => weight, -1), Zhu) { NeedsGroup = false });

    /// <inheritdoc/>
    public override string ToString() => Name;
}
