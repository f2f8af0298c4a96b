namespace Vlm.LatentActions;

/// <summary>The mask of losses other than next-token cross-entropy: Gaussian NLL, entropy, cloning.</summary>
public enum ValidPositions
{
    /// <summary>By the next token's label: positions whose code has an effect.</summary>
    Shifted,

    /// <summary>
    /// By the position's own label, as released. It includes the last position, whose code predicts nothing, and excludes the
    /// one before the first token after an image.
    /// </summary>
    Unshifted,
}

/// <summary>Reduction of a Gaussian NLL over the hidden size; tokens are averaged either way.</summary>
public enum WidthReduction
{
    /// <summary>The mean, so that a loss weight means the same at any hidden size.</summary>
    Mean,

    /// <summary>The sum, as released.</summary>
    Sum,
}

/// <summary>What the policy learns when it is cloned.</summary>
public enum CloningTarget
{
    /// <summary>The inverse dynamics model's most probable code, by cross-entropy, as in the paper.</summary>
    Codes,

    /// <summary>
    /// The next token through any code: -log of the sum over codes of pi(a | h) p_w(x | h, a), over the policy's most probable codes
    /// and the inverse dynamics model's. Which of several codes of one token is taken costs nothing. Not in the paper.
    /// </summary>
    Effects,
}

/// <summary>
/// Loss weights and masks of the stages; see section 4.1 of https://arxiv.org/abs/2601.07516 and its released code.
/// </summary>
public sealed record LatentObjective
{
    /// <summary>Weight of the negative entropy of the codes, 0 or more; it keeps the inverse dynamics model from certainty.</summary>
    public double Entropy { get; init; } = 1e-3;

    /// <summary>
    /// Weight of the cross-modal projection loss in the joint stage, 0 or more. As released 1e-5 of a sum over 2048
    /// dimensions; here of a mean.
    /// </summary>
    public double Projection { get; init; } = 1e-5 * 2048;

    /// <summary>Weight of cycle consistency on text-only data, 0 or more; 0 leaves it out.</summary>
    public double Cycle { get; init; } = 1e-5 * 2048;

    /// <summary>What the policy learns when it is cloned.</summary>
    public CloningTarget Cloning { get; init; } = CloningTarget.Codes;

    /// <summary>
    /// Weight of the codes' rate in the joint stage, 0 or more: KL(q || pi) in nats, q the inverse dynamics model's codes, which know
    /// the next token, and pi the policy's, which do not and which learn along. What the state foretells then costs nothing, and what
    /// a code adds has its price. 0 leaves it out, as in the paper.
    /// </summary>
    public double Rate { get; init; }

    /// <summary>How Gaussian NLLs are reduced.</summary>
    public WidthReduction Width { get; init; } = WidthReduction.Mean;

    /// <summary>Which positions count.</summary>
    public ValidPositions Valid { get; init; } = ValidPositions.Shifted;

    /// <summary>False takes text-only states unprojected, and leaves out the projectors and their losses.</summary>
    public bool ProjectText { get; init; } = true;
}
