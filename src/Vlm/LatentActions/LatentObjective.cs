namespace Vlm.LatentActions;

/// <summary>Which positions count in losses that are not the next token's: likelihoods, entropy, cloning.</summary>
public enum ValidPositions
{
    /// <summary>Those whose next token is a label: where a code is of consequence.</summary>
    Shifted,

    /// <summary>
    /// Those whose own token is a label, as released: the last position, whose code nothing tells, is one of them, and
    /// the
    /// one before the first token after an image is not.
    /// </summary>
    Unshifted,
}

/// <summary>How a likelihood over H dimensions becomes a number for each token.</summary>
public enum WidthReduction
{
    /// <summary>Its mean, so that a weight means the same at any width.</summary>
    Mean,

    /// <summary>Its sum, as released.</summary>
    Sum,
}

/// <summary>
/// What the stages minimise; see 4.1 of the method, https://arxiv.org/abs/2601.07516 and its released code.
/// </summary>
public sealed record LatentObjective
{
    /// <summary>Weight of the codes' entropy term, which keeps the inverse model from being certain.</summary>
    public double Entropy { get; init; } = 1e-3;

    /// <summary>
    /// Weight of the projectors' likelihoods on pairs. 1e-5 of a sum over 2048 dimensions, as a mean's.
    /// </summary>
    public double Projection { get; init; } = 1e-5 * 2048;

    /// <summary>Weight of the way there and back from text alone; 0 leaves it out.</summary>
    public double Cycle { get; init; } = 1e-5 * 2048;

    /// <summary>How likelihoods are reduced.</summary>
    public WidthReduction Width { get; init; } = WidthReduction.Mean;

    /// <summary>Which positions count.</summary>
    public ValidPositions Valid { get; init; } = ValidPositions.Shifted;

    /// <summary>False takes text's states as they are, with no projector and none of its losses.</summary>
    public bool ProjectText { get; init; } = true;

    /// <summary>As released: sums over H with their weight of 1e-5, and masks that are not shifted.</summary>
    public static LatentObjective Released { get; } = new()
    {
        Projection = 1e-5,
        Cycle = 1e-5,
        Width = WidthReduction.Sum,
        Valid = ValidPositions.Unshifted,
    };
}
