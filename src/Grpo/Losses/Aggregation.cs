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

    /// <summary>Completions are sums over their tokens divided by 64, whatever their length or limit: GUI-G1.</summary>
    public const string GuiG1 = "gui-g1";

    // The constant of the released code (grpo_trainer.py), where completions have up to 128 tokens.
    private const double GuiG1Tokens = 64;

    /// <summary>The aggregations that options choose from; a package adds its own.</summary>
    public static NamedTable<Aggregation> Table { get; } = new("loss aggregation",
        new Aggregation(TokenMean, (lengths, _) => lengths.Sum(length => (double)length), (sums, _) => sums,
            "Yu et al. 2025, arXiv:2503.14476, section 3.3"),
        new Aggregation(SeqMeanTokenMean, (lengths, _) => lengths.Count(length => length > 0),
            (sums, mask) => sums / mask.sum(1).clamp(min: (Scalar)1), "Shao et al. 2024, arXiv:2402.03300, equation 3"),
        new Aggregation(SeqMeanTokenSumNorm, (lengths, longest) => (double)lengths.Count * longest, (sums, _) => sums,
            "Liu et al. 2025, arXiv:2503.20783, section 3.2"),
        new Aggregation(GuiG1, (lengths, _) => lengths.Count * GuiG1Tokens, (sums, _) => sums,
            "GUI-G1, Zhou et al. 2025, arXiv:2505.15810, section 4"));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>An aggregation with its divisor, so that the parts of a step sum to the loss of the whole step.</summary>
/// <remarks>A completion whose mask is all 0 adds nothing and is not counted by a mean over completions. TRL counts it.</remarks>
/// <param name="Aggregation">A name of <see cref="Grpo.Aggregation.Table"/>.</param>
/// <param name="Divisor">What the sum over the whole step is divided by; above 0.</param>
public readonly record struct LossScale(string Aggregation, double Divisor)
{
    /// <summary>The scale of a whole step.</summary>
    /// <param name="aggregation">A name of <see cref="Grpo.Aggregation.Table"/>.</param>
    /// <param name="lengths">Actions of each completion of the step.</param>
    /// <param name="longest">Most tokens a completion may have; used by <see cref="Grpo.Aggregation.SeqMeanTokenSumNorm"/>.</param>
    /// <exception cref="UsageException">There is no such aggregation.</exception>
    public static LossScale Of(string aggregation, IReadOnlyCollection<int> lengths, int longest) =>
        new(aggregation, Grpo.Aggregation.Table[aggregation].Divisor(lengths, longest));

    /// <summary>Adds up one part of a step.</summary>
    /// <param name="terms">[B, T] one number per action; anything finite where the mask is 0.</param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding.</param>
    /// <returns>A scalar: this part's share of the loss of the step.</returns>
    public torch.Tensor Sum(torch.Tensor terms, torch.Tensor mask) =>
        Grpo.Aggregation.Table[Aggregation].Rows((terms * mask).sum(1), mask).sum() / Divisor;
}
