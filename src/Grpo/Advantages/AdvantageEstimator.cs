namespace Vlm.Grpo;

/// <summary>How the rewards of a step become advantages.</summary>
/// <param name="Name">The paper's.</param>
/// <param name="Estimate">
/// From the rewards of each group, NaN where one is not scored, and the number that is added to a standard deviation: an
/// advantage for each reward, 0 where it is not scored. Pure, in double precision.
/// </param>
/// <param name="Source">Paper and equation.</param>
public sealed record AdvantageEstimator(
    string Name, Func<IReadOnlyList<double[]>, double, double[][]> Estimate, string Source) : INamed
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

    private const string Shao = "Shao et al. 2024, arXiv:2402.03300, section 4.1",
        Ahmadian = "Ahmadian et al. 2024, arXiv:2402.14740, equation 7", Batch = "TRL's scale_rewards=\"batch\"";

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
            RlooBatchStd, GroupRelative.By(GroupRelative.LeaveOneOut, GroupRelative.BatchStd), $"{Ahmadian}; {Batch}"));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
