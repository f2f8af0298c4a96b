using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What moves the weights of several rewards while training.</summary>
public enum RewardWeighting
{
    /// <summary>Nothing: they stay as they were given.</summary>
    Fixed,

    /// <summary>All are paid more after a step that found a better trade-off between them.</summary>
    Hypervolume,

    /// <summary>Each is paid more the more its gradient pulls with those of all.</summary>
    Gradients,
}

/// <summary>Dynamic weights of rewards.</summary>
/// <remarks>Lu et al. 2025, arXiv:2509.11452.</remarks>
[Category("Reward weights")]
public sealed record RewardWeightOptions
{
    /// <summary>What moves them.</summary>
    /// <value>The default is fixed.</value>
    [Description("weights of several rewards: fixed, or moved by the hypervolume of what was reached, or by the rewards' gradients")]
    public RewardWeighting RewardWeighting { get; init; }

    /// <summary>K of the paper.</summary>
    /// <value>The default is 1.</value>
    [Description("with gradients: steps over which the influence of a reward is averaged before weights move"), Range(1, int.MaxValue)]
    public int RewardWeightSteps { get; init; } = 1;

    /// <summary>mu of the paper: the influence is multiplied by the learning rate over this.</summary>
    /// <value>The default is 1e-05.</value>
    [Description("with gradients: mu, by which the learning rate is divided; a smaller one moves weights faster")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double RewardWeightMu { get; init; } = 1e-5;

    /// <summary>A part of the names of the weights whose gradients are compared.</summary>
    /// <value>The default is none.</value>
    [Description("with gradients: part of the names of the weights that are looked at; by default all that learn")]
    public string RewardGradientLayers { get; init; } = "";
}
