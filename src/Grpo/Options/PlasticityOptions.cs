using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>Watches whether what a critic reads is still active, and reuses rollouts more once that has stopped to change.</summary>
[Category("Plasticity")]
public sealed record PlasticityOptions : IOptionRules
{
    /// <summary>Whether it is measured, for one more forward pass over a micro-batch in each step.</summary>
    /// <value>The default is false.</value>
    [Description("measure how active the critic's inputs are, at one more forward pass over a micro-batch in each step")]
    public bool Plasticity { get; init; }

    /// <summary>A unit is dormant at this share of the mean size of its layer's units.</summary>
    /// <value>The default is 0.1.</value>
    [Description("a unit is dormant at this share of its layer's mean size"), Range(0d, 1d)]
    public double DormantTau { get; init; } = 0.1;

    /// <summary>Whether rollouts are reused twice as often once the fraction of active units is flat.</summary>
    /// <value>The default is false.</value>
    [Description("twice as many passes over a step's rollouts once the fraction of active units is flat")]
    public bool AdaptiveReuse { get; init; }

    /// <summary>Steps between two checks.</summary>
    /// <value>The default is 50.</value>
    [Description("steps between checks whether it is flat"), Range(1, int.MaxValue)]
    public int PlasticitySteps { get; init; } = 50;

    /// <summary>The largest difference of two checks that is flat.</summary>
    /// <value>The default is 0.001.</value>
    [Description("largest difference of the fraction between checks that is flat"), Range(0d, 1d)]
    public double PlasticityGap { get; init; } = 1e-3;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
        [new(nameof(Plasticity), Plasticity || !AdaptiveReuse, "must be true with AdaptiveReuse, which follows from it", true)];
}
