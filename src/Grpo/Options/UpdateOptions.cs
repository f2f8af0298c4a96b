using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What every update has: AdamW, a learning-rate schedule, a micro-batch, gradient clipping.</summary>
[Category("Update")]
public record UpdateOptions : IOptionRules
{
    /// <summary>Training steps of the run, which the schedule spans.</summary>
    /// <value>The default is 100.</value>
    [Description("training steps of the run"), Range(1, int.MaxValue)]
    public int Steps { get; init; } = 100;

    /// <summary>The rate at the top of the schedule.</summary>
    /// <value>The default is 1e-05.</value>
    [Description("peak learning rate of AdamW"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 1e-5;

    /// <summary>Share of each weight that decays per update, times the learning rate.</summary>
    /// <value>The default is 0.</value>
    [Description("AdamW weight decay, decoupled from the gradient"), Range(0d, 1d)]
    public double WeightDecay { get; init; }

    /// <summary>Decay of the running mean of the gradient.</summary>
    /// <value>The default is 0.9.</value>
    [Description("AdamW beta1 (first-moment decay)"), Range(0d, 0.9999)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of the squared gradient.</summary>
    /// <value>The default is 0.999.</value>
    [Description("AdamW beta2 (second-moment decay)"), Range(0d, 0.99999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Steps in which the learning rate rises linearly.</summary>
    /// <value>The default is 0.</value>
    [Description("warm-up steps, in which the learning rate rises to its peak"), Range(0, int.MaxValue)]
    public int Warmup { get; init; }

    /// <summary>The shape of the schedule.</summary>
    /// <value>The default is constant.</value>
    [Description("learning-rate schedule after the warm-up")]
    public ScheduleShape Decay { get; init; } = ScheduleShape.Constant;

    /// <summary>Where the schedule ends.</summary>
    /// <value>The default is 0.</value>
    [Description("learning rate at the end of the schedule, as a share of the peak"), Range(0d, 1d)]
    public double FinalRate { get; init; }

    /// <summary>The gradient of all parameters together is scaled down to this Euclidean norm where it is longer.</summary>
    /// <value>The default is 1.</value>
    [Description("gradient clipping: largest global L2 norm; 0 disables it"), Range(0d, double.MaxValue)]
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Rows of one pass.</summary>
    /// <value>The default is 64.</value>
    [Description("completions in one forward and backward pass; sets memory, never the gradient"), Range(1, int.MaxValue)]
    public int MicroBatch { get; init; } = 64;

    /// <summary>The learning rate over the run.</summary>
    public Schedule Schedule => new(Decay, Warmup, Steps, FinalRate);

    /// <inheritdoc/>
    public virtual IEnumerable<OptionRule> Rules() =>
        [new(nameof(Warmup), Warmup < Steps, $"must be < Steps ({Steps})", Steps / 10)];
}
