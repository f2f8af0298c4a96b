using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How the terms of single actions become one number.</summary>
public enum LossAggregation
{
    /// <summary>Every action of the step weighs the same (DAPO).</summary>
    TokenMean,

    /// <summary>Every completion weighs the same, whatever its length (GRPO as published).</summary>
    SeqMeanTokenMean,

    /// <summary>
    /// Divided by completions times the most tokens of a completion: no weight depends on length (Dr. GRPO).
    /// </summary>
    SeqMeanTokenSumNorm,
}

/// <summary>A normalisation with its divisor, so that the parts of a step sum to the loss of the whole step.</summary>
/// <remarks>
/// Token mean: Yu et al. 2025, arXiv:2503.14476, section 3.3. Sequence mean: Shao et al. 2024, arXiv:2402.03300,
/// equation 3. Constant: Liu et al. 2025, arXiv:2503.20783, section 3.2.
/// A completion whose mask is all 0 adds nothing and is not counted. TRL counts it.
/// </remarks>
/// <param name="Kind">How terms are weighed.</param>
/// <param name="Divisor">What the sum over the whole step is divided by; above 0.</param>
public readonly record struct LossScale(LossAggregation Kind, double Divisor)
{
    /// <summary>The scale of a whole step.</summary>
    /// <param name="kind">How terms are weighed.</param>
    /// <param name="lengths">Actions of each completion of the step.</param>
    /// <param name="longest">
    /// Most tokens a completion may have; used by <see cref="LossAggregation.SeqMeanTokenSumNorm"/>.
    /// </param>
    public static LossScale Of(LossAggregation kind, IReadOnlyCollection<int> lengths, int longest) => new(
        kind,
        kind switch
        {
            LossAggregation.TokenMean => lengths.Sum(length => (double)length),
            LossAggregation.SeqMeanTokenMean => lengths.Count(length => length > 0),
            _ => (double)lengths.Count * longest,
        });

    /// <summary>Adds up one part of a step.</summary>
    /// <param name="terms">[B, T] one number per action; anything finite where the mask is 0.</param>
    /// <param name="mask">[B, T] 1 on actions, 0 on padding.</param>
    /// <returns>A scalar: this part's share of the loss of the step.</returns>
    public torch.Tensor Sum(torch.Tensor terms, torch.Tensor mask)
    {
        torch.Tensor rows = (terms * mask).sum(1);                                             // [B]
        if (Kind == LossAggregation.SeqMeanTokenMean)
            rows = rows / mask.sum(1).clamp(min: (Scalar)1);                                   // [B]
        return rows.sum() / Divisor;                                                           // scalar
    }
}
