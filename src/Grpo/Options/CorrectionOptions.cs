using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What is corrected where the engine that sampled is not the policy in training, and what becomes of large weights.</summary>
public enum SamplerCorrection
{
    /// <summary>Nothing: the sampler's log-probs are the policy's.</summary>
    None,

    /// <summary>A weight per token, held between the bounds (TIS).</summary>
    TokenTruncate,

    /// <summary>A weight per token, 0 outside the bounds (IcePop).</summary>
    TokenMask,

    /// <summary>A weight per completion, the product of its tokens', held between the bounds.</summary>
    SequenceTruncate,

    /// <summary>The product of a completion's tokens', 0 outside the bounds: TRL's default.</summary>
    SequenceMask,

    /// <summary>A weight per completion, the geometric mean of its tokens', held between the bounds: ms-swift's.</summary>
    GeometricTruncate,

    /// <summary>The geometric mean of a completion's tokens', 0 outside the bounds.</summary>
    GeometricMask,
}

/// <summary>Importance correction of rollouts that another engine sampled: <see cref="ImportanceCorrection"/>.</summary>
[Category("Sampler correction")]
public sealed record CorrectionOptions : IOptionRules
{
    /// <summary>TRL's vllm_importance_sampling_mode, verl's rollout_is.</summary>
    /// <value>The default is none.</value>
    [Description("importance correction where another engine sampled: per token or completion, held or masked beyond its bounds")]
    public SamplerCorrection SamplerCorrection { get; init; }

    /// <summary>TRL's clip_max; verl's threshold is 2.</summary>
    /// <value>The default is 3.</value>
    [Description("largest importance weight of the correction"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double CorrectionMax { get; init; } = 3;

    /// <summary>TRL's clip_min.</summary>
    /// <value>The default is 0.</value>
    [Description("smallest importance weight of the correction; 0 sets none"), Range(0d, double.MaxValue)]
    public double CorrectionMin { get; init; }

    /// <summary>verl's rollout_is_batch_normalize.</summary>
    /// <value>The default is false.</value>
    [Description("divide the weights of the correction by their mean over the step")]
    public bool CorrectionNormalize { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(CorrectionMax), CorrectionMax > CorrectionMin,
            $"must be > CorrectionMin ({OptionText.Show(CorrectionMin)})", CorrectionMin + 3),
    ];
}
