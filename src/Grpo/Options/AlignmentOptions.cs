using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>An auxiliary loss that brings together what the model makes of images and of text of the same prompt.</summary>
/// <remarks>
/// A specification of this project after arXiv 2302.09318: <see cref="Grpo.AlignmentLoss"/>, <see cref="FeatureImportance"/>.
/// </remarks>
[Category("Representation")]
public sealed record AlignmentOptions : IOptionRules
{
    /// <summary>Lambda_a: 0.1 in the specification.</summary>
    /// <value>The default is 0.</value>
    [Description("weight of the alignment of images and text in the loss; 0 computes none"), Range(0d, double.MaxValue)]
    public double AlignmentCoef { get; init; }

    /// <summary>A name of <see cref="Grpo.AlignmentLoss.Table"/>.</summary>
    /// <value>The default is maie.</value>
    [Description("alignment loss: maie (similar within a prompt, apart between prompts) or infonce (CLIP's)")]
    public string AlignmentLoss { get; init; } = Grpo.AlignmentLoss.Maie;

    /// <summary>Delta of maie.</summary>
    /// <value>The default is 1.</value>
    [Description("maie: distance of unit vectors from which prompts are told apart"), Range(0d, 2d, MinimumIsExclusive = true)]
    public double AlignmentMargin { get; init; } = 1;

    /// <summary>CLIP's, at its start.</summary>
    /// <value>The default is 0.07.</value>
    [Description("infonce: temperature of similarities"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double AlignmentTemperature { get; init; } = 0.07;

    /// <summary>Modalities that deviate from their running statistics count more: <see cref="FeatureImportance"/>.</summary>
    /// <value>The default is false.</value>
    [Description("weigh the modalities of a prompt by how far they are from their running mean")]
    public bool ImportanceWeighting { get; init; }

    /// <summary>Of the running mean and variance.</summary>
    /// <value>The default is 0.01.</value>
    [Description("importance weighting: share of a prompt in the running statistics"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double ImportanceMomentum { get; init; } = 0.01;

    /// <summary>Tau.</summary>
    /// <value>The default is 1.</value>
    [Description("importance weighting: temperature of the weights"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double ImportanceTemperature { get; init; } = 1;

    /// <summary>By default the weights are constants.</summary>
    /// <value>The default is false.</value>
    [Description("importance weighting: let the gradient pass through the weights too")]
    public bool ImportanceGradient { get; init; }

    /// <summary>True where there is a loss to compute.</summary>
    public bool IsOn => AlignmentCoef > 0;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(AlignmentLoss), Grpo.AlignmentLoss.Table.Contains(AlignmentLoss),
            $"must be one of {string.Join(", ", Grpo.AlignmentLoss.Table.Names)}",
            NearestName.Of(AlignmentLoss, Grpo.AlignmentLoss.Table.Names) ?? Grpo.AlignmentLoss.Maie),
        new(nameof(AlignmentCoef), IsOn || !ImportanceWeighting, "must be > 0 with ImportanceWeighting, which weighs the alignment", 0.1),
        new(nameof(ImportanceWeighting), ImportanceWeighting || !ImportanceGradient, "must be true with ImportanceGradient", true),
    ];
}
