using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A policy objective: what stands in for the expected advantage, one number per action, to be made large.</summary>
/// <param name="Name">The paper's.</param>
/// <param name="Compute">[B, T], or [B, 1] where it is one number per completion, with a gradient. Pure.</param>
/// <param name="Source">Paper and equation.</param>
public sealed record SurrogateLoss(string Name, Func<SurrogateInput, torch.Tensor> Compute, string Source) : INamed
{
    /// <summary>The clipped surrogate of PPO and GRPO.</summary>
    public const string PpoClip = "ppo-clip";

    /// <summary>The same with a bound on what counts against a bad completion.</summary>
    public const string DualClip = "dual-clip";

    /// <summary>The clipped surrogate whose unclipped ratio is bounded on both signs of the advantage.</summary>
    public const string TwoSidedClip = "two-sided-clip";

    /// <summary>One ratio per completion: the geometric mean of its tokens'.</summary>
    public const string Gspo = "gspo";

    /// <summary>The same value with a gradient per token, for advantages per token.</summary>
    public const string GspoToken = "gspo-token";

    /// <summary>One ratio per completion: the product of its tokens'.</summary>
    public const string SeqClip = "seq-clip";

    /// <summary>Log-probs weighted by the ratio, held within the clip range.</summary>
    public const string Cispo = "cispo";

    /// <summary>Log-probs weighted by the ratio, held at <see cref="SurrogateOptions.RatioCap"/> and free below.</summary>
    public const string CispoOneSided = "cispo-one-sided";

    /// <summary>A smooth gate in place of the clip.</summary>
    public const string Sapo = "sapo";

    /// <summary>The geometric mean of clipped ratios.</summary>
    public const string Gmpo = "gmpo";

    /// <summary>GSPO's completions weighted by their length.</summary>
    public const string Luspo = "luspo";

    /// <summary>Log-probs weighted by a gamma-shaped function of the completion's ratio.</summary>
    public const string Vespo = "vespo";

    /// <summary>Log-probs weighted by advantages alone.</summary>
    public const string Reinforce = "reinforce";

    /// <summary>The same under the name of a paper that differs in its advantages.</summary>
    public const string Gpg = "gpg";

    /// <summary>REINFORCE with a quadratic price on the log-ratio.</summary>
    public const string Dro = "dro";

    /// <summary>The clipped surrogate without some tokens of high covariance.</summary>
    public const string ClipCov = "clip-cov";

    /// <summary>The plain ratio with a divergence on the tokens of highest covariance.</summary>
    public const string KlCov = "kl-cov";

    private const string Ppo = "Schulman et al. 2017, arXiv:1707.06347, equation 7",
        Zheng = "Zheng et al. 2025, arXiv:2507.18071", Williams = "Williams 1992, https://doi.org/10.1007/BF00992696",
        Cui = "Cui et al. 2025, arXiv:2505.22617";

    private static readonly string[] s_sequenceMeans = [Aggregation.SeqMeanTokenMean];

    /// <summary>The objectives that options choose from; a package adds its own.</summary>
    public static NamedTable<SurrogateLoss> Table { get; } = new("surrogate loss",
        new SurrogateLoss(PpoClip, Clipped.Surrogate, Ppo),
        new SurrogateLoss(DualClip, DualClipped.Surrogate, "Ye et al. 2020, arXiv:1912.09729, equation 5"),
        new SurrogateLoss(TwoSidedClip, TwoSidedClipped.Surrogate,
            "Prime Intellect 2025, arXiv:2505.07291, two-sided GRPO clipping; TRL's delta"),
        new SurrogateLoss(Gspo, SequenceRatio.Gspo, $"{Zheng}, equations 5 and 7")
        {
            Aggregations = s_sequenceMeans,
            ClippedRatio = SequenceRatio.Of,
        },
        new SurrogateLoss(GspoToken, SequenceRatio.GspoToken, $"{Zheng}, equations 13 and 14") { ClippedRatio = SequenceRatio.Of },
        new SurrogateLoss(SeqClip, SequenceRatio.Product, $"{Ppo}, of a whole completion as one action; TRL's RLOO, arXiv:2402.14740")
        {
            Aggregations = s_sequenceMeans,
            ClippedRatio = SequenceRatio.ProductOf,
        },
        new SurrogateLoss(Cispo, WeightedLogProbs.Cispo, "MiniMax 2025, arXiv:2506.13585, equations 4 and 5"),
        new SurrogateLoss(CispoOneSided, WeightedLogProbs.CispoOneSided, "Khatri et al. 2025, arXiv:2510.13786; TRL's cispo")
        {
            ClippedRatio = WeightedLogProbs.Capped,
        },
        new SurrogateLoss(Sapo, SoftGate.Surrogate, "Gao et al. 2025, arXiv:2511.20347, the gate of its objective")
        {
            ClippedRatio = NeverHeld,
        },
        new SurrogateLoss(Gmpo, GeometricMean.Surrogate, "Zhao et al. 2025, arXiv:2507.20673, the objective of section 3")
        {
            Aggregations = s_sequenceMeans,
            ClippedRatio = GeometricMean.Held,
            WeighsItself = true,
        },
        new SurrogateLoss(Luspo, SequenceRatio.Gspo, $"LUSPO 2026, arXiv:2602.05261; its ratio: {Zheng}, equation 7")
        {
            Aggregations = [Aggregation.SeqMeanTokenSum],
            ClippedRatio = SequenceRatio.Of,
        },
        new SurrogateLoss(Vespo, GammaWeighted.Surrogate, "Shen et al. 2026, arXiv:2602.10693; TRL's vespo")
        {
            ClippedRatio = NeverHeld,
            WeighsItself = true,
        },
        new SurrogateLoss(Reinforce, WeightedLogProbs.Reinforce, Williams) { ClippedRatio = NeverHeld },
        new SurrogateLoss(Gpg, WeightedLogProbs.Reinforce, "Chu et al. 2025, arXiv:2504.02546; verl's gpg") { ClippedRatio = NeverHeld },
        new SurrogateLoss(Dro, QuadraticPrice.Surrogate, "Richemond et al. 2024, arXiv:2405.19107; verl's dro")
        {
            ClippedRatio = NeverHeld,
            MovesWithoutAdvantage = true,
        },
        new SurrogateLoss(ClipCov, CovarianceHeld.Clip, $"{Cui}, Clip-Cov of section 4"),
        new SurrogateLoss(KlCov, CovarianceHeld.Kl, $"{Cui}, KL-Cov of section 4")
        {
            ClippedRatio = NeverHeld,
            MovesWithoutAdvantage = true,
        });

    /// <summary>The aggregations that it is defined with; none where any will do.</summary>
    public IReadOnlyList<string> Aggregations { get; init; } = [];

    /// <summary>
    /// The ratio that the clip range holds, for the clip fractions: [B, T] or [B, 1]. By default a token's own; ones where it
    /// holds none.
    /// </summary>
    public Func<SurrogateInput, torch.Tensor> ClippedRatio { get; init; } = input => input.Ratio;

    /// <summary>
    /// True where it puts <see cref="SurrogateInput.Weights"/> and <see cref="SurrogateInput.Kept"/> in itself, because its one
    /// number per completion is no sum over tokens; otherwise its terms are multiplied by both.
    /// </summary>
    public bool WeighsItself { get; init; }

    /// <summary>True where actions with an advantage of 0 have a gradient.</summary>
    public bool MovesWithoutAdvantage { get; init; }

    /// <summary>True where it needs <see cref="SurrogateInput.Picked"/>.</summary>
    public bool Picks => Name is ClipCov or KlCov;

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static torch.Tensor NeverHeld(SurrogateInput input) => torch.ones_like(input.Mask);
}
