using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How the terms of single actions become one number.</summary>
/// <param name="Name">verl's word for it.</param>
/// <param name="Divisor">
/// What the sum over the whole step is divided by, from the actions of each completion and the most tokens that one may have.
/// </param>
/// <param name="Rows">
/// From the sum of the terms of each completion [B] and the mask [B, T] of its actions: what each completion adds, [B].
/// </param>
/// <param name="Source">Paper and section.</param>
public sealed record Aggregation(
    string Name, Func<IReadOnlyCollection<int>, int, double> Divisor, Func<torch.Tensor, torch.Tensor, torch.Tensor> Rows,
    string Source) : INamed
{
    /// <summary>Every action of the step weighs the same (DAPO).</summary>
    public const string TokenMean = "token-mean";

    /// <summary>Every completion weighs the same, whatever its length (GRPO as published).</summary>
    public const string SeqMeanTokenMean = "seq-mean-token-mean";

    /// <summary>
    /// Divided by completions times the most tokens of a completion: no weight depends on length (Dr. GRPO).
    /// </summary>
    public const string SeqMeanTokenSumNorm = "seq-mean-token-sum-norm";

    /// <summary>Divided by completions alone: each weighs as much as it is long (LUSPO).</summary>
    public const string SeqMeanTokenSum = "seq-mean-token-sum";

    /// <summary>Divided by nothing.</summary>
    public const string TokenSum = "token-sum";

    /// <summary>Every group weighs the same, every action of a group too: the mean over a local batch that is one group.</summary>
    /// <remarks>
    /// BNPO of TRL and ms-swift takes the mean over the tokens of whatever a device holds at a time, so that its result depends on
    /// the split. Here the local batch is the group, whatever the micro-batch: the same where a device holds one group.
    /// </remarks>
    public const string GroupMeanTokenMean = "group-mean-token-mean";

    /// <summary>Completions are sums over their tokens divided by 64, whatever their length or limit: GUI-G1.</summary>
    public const string GuiG1 = "gui-g1";

    // The constant of the released code (grpo_trainer.py), where completions have up to 128 tokens.
    private const double GuiG1Tokens = 64;

    private const string Verl = "verl's loss_agg_mode";

    /// <summary>The aggregations that options choose from; a package adds its own.</summary>
    public static NamedTable<Aggregation> Table { get; } = new("loss aggregation",
        new Aggregation(TokenMean, (lengths, _) => lengths.Sum(length => (double)length), Sums,
            "Yu et al. 2025, arXiv:2503.14476, section 3.3"),
        new Aggregation(SeqMeanTokenMean, Completions, Means, "Shao et al. 2024, arXiv:2402.03300, equation 3"),
        new Aggregation(SeqMeanTokenSumNorm, (lengths, longest) => (double)lengths.Count * longest, Sums,
            "Liu et al. 2025, arXiv:2503.20783, section 3.2"),
        new Aggregation(SeqMeanTokenSum, Completions, Sums, $"LUSPO 2026, arXiv:2602.05261; {Verl}"),
        new Aggregation(TokenSum, (_, _) => 1, Sums, Verl),
        new Aggregation(GuiG1, (lengths, _) => lengths.Count * GuiG1Tokens, Sums,
            "GUI-G1, Zhou et al. 2025, arXiv:2505.15810, section 4"),
        new Aggregation(GroupMeanTokenMean, (lengths, _) => lengths.Sum(length => (double)length), Sums, "TRL's loss_type bnpo")
        {
            RowWeights = GroupMeans,
        });

    /// <summary>
    /// What each completion's share is multiplied by before the division, from the lengths of the completions of each group; null for 1.
    /// </summary>
    public Func<IReadOnlyList<int[]>, double[][]>? RowWeights { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static double Completions(IReadOnlyCollection<int> lengths, int longest) => lengths.Count(length => length > 0);

    private static torch.Tensor Sums(torch.Tensor sums, torch.Tensor mask) => sums;

    private static torch.Tensor Means(torch.Tensor sums, torch.Tensor mask) => sums / mask.sum(1).clamp(min: (Scalar)1);

    // Divided by all actions of the step afterwards: all / (actions of the group * groups that have any).
    private static double[][] GroupMeans(IReadOnlyList<int[]> groups)
    {
        double all = groups.Sum(group => group.Sum(length => (double)length));
        int counted = groups.Count(group => group.Any(length => length > 0));
        return [.. groups.Select(group => Enumerable.Repeat(all / (Math.Max(1, group.Sum()) * (double)counted), group.Length).ToArray())];
    }
}

/// <summary>An aggregation with its divisor, so that the parts of a step sum to the loss of the whole step.</summary>
/// <remarks>A completion whose mask is all 0 adds nothing and is not counted by a mean over completions. TRL counts it.</remarks>
/// <param name="Aggregation">A name of <see cref="Grpo.Aggregation.Table"/>.</param>
/// <param name="Divisor">What the sum over the whole step is divided by; above 0.</param>
public readonly record struct LossScale(string Aggregation, double Divisor)
{
    /// <summary>What each completion's share is multiplied by; null for 1.</summary>
    public IReadOnlyList<double>? RowWeights { get; init; }

    /// <summary>The scale of a whole step.</summary>
    /// <param name="aggregation">A name of <see cref="Grpo.Aggregation.Table"/>.</param>
    /// <param name="lengths">Actions of each completion of the step.</param>
    /// <param name="longest">Most tokens a completion may have; used by <see cref="Grpo.Aggregation.SeqMeanTokenSumNorm"/>.</param>
    /// <exception cref="UsageException">There is no such aggregation.</exception>
    public static LossScale Of(string aggregation, IReadOnlyCollection<int> lengths, int longest) =>
        new(aggregation, Grpo.Aggregation.Table[aggregation].Divisor(lengths, longest));

    /// <summary>The scale of a whole step whose completions come in groups.</summary>
    /// <param name="aggregation">A name of <see cref="Grpo.Aggregation.Table"/>.</param>
    /// <param name="batch">The step.</param>
    /// <param name="longest">Most tokens a completion may have; used by <see cref="Grpo.Aggregation.SeqMeanTokenSumNorm"/>.</param>
    /// <exception cref="UsageException">There is no such aggregation.</exception>
    public static LossScale Of(string aggregation, Batch batch, int longest)
    {
        int[] lengths = [.. batch.Rollouts.Select(rollout => rollout.Actions.Length)];
        LossScale scale = Of(aggregation, lengths, longest);
        if (Grpo.Aggregation.Table[aggregation].RowWeights is not { } weigh)
            return scale;

        var weights = new double[lengths.Length];
        double[][] found = weigh([.. batch.Groups.Select(group => group.Select(i => lengths[i]).ToArray())]);
        foreach ((int[] members, double[] group) in batch.Groups.Zip(found))
            foreach ((int i, double weight) in members.Zip(group))
                weights[i] = weight;
        return scale with { RowWeights = weights };
    }

    /// <summary>The scale of some completions of the step.</summary>
    /// <param name="rows">Their numbers.</param>
    public LossScale At(IReadOnlyList<int> rows) =>
        RowWeights is { } weights ? this with { RowWeights = [.. rows.Select(row => weights[row])] } : this;

    /// <summary>Adds up one part of a step.</summary>
    /// <param name="terms">
    /// [B, T] one number per action, or [B, 1] one for all of a completion; anything finite where the mask is 0.
    /// </param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding.</param>
    /// <returns>A scalar: this part's share of the loss of the step.</returns>
    public torch.Tensor Sum(torch.Tensor terms, torch.Tensor mask)
    {
        torch.Tensor rows = Grpo.Aggregation.Table[Aggregation].Rows((terms * mask).sum(1), mask);   // [B]
        if (RowWeights is { } weights)
            rows = rows * torch.tensor(weights.ToArray()).to(rows.dtype, rows.device);
        return rows.sum() / Divisor;
    }
}
