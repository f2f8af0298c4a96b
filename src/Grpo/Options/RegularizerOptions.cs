using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What holds a policy near its reference and keeps it varied, beside <see cref="GrpoOptions.Beta"/>.</summary>
[Category("KL and entropy")]
public sealed record RegularizerOptions : IOptionRules
{
    /// <summary>What an action's estimate is held at; 10 in verl and EasyR1 for k3, in OpenRLHF for all.</summary>
    /// <value>The default is 0.</value>
    [Description("largest KL estimate of a token, in nats, beyond which it has no gradient; 0 sets none"), Range(0d, double.MaxValue)]
    public double KlBound { get; init; }

    /// <summary>TRL's use_bias_correction_kl; DeepSeek-V3.2, arXiv:2512.02556.</summary>
    /// <value>The default is false.</value>
    [Description("multiply the KL estimate by the importance ratio, which makes it unbiased after a step's first update")]
    public bool KlRatioWeighted { get; init; }

    /// <summary>verl's use_kl_in_reward, ms-swift's kl_in_reward: <see cref="KlReward"/>.</summary>
    /// <value>The default is false.</value>
    [Description("charge beta x KL, summed over a completion, to its reward instead of the loss")]
    public bool KlInReward { get; init; }

    /// <summary>Ziegler et al. 2019, arXiv:1909.08593, section 2.2: <see cref="AdaptiveKl"/>.</summary>
    /// <value>The default is 0.</value>
    [Description("adaptive KL: beta follows the measured KL towards this, in nats per token; 0 keeps beta"), Range(0d, double.MaxValue)]
    public double KlTarget { get; init; }

    /// <summary>verl's and OpenRLHF's horizon.</summary>
    /// <value>The default is 10000.</value>
    [Description("adaptive KL: completions in which beta changes by at most a fifth"), Range(1, int.MaxValue)]
    public int KlHorizon { get; init; } = 10000;

    /// <summary>TRL's ref_model_sync_steps, where sync_ref_model is set: 512 there.</summary>
    /// <value>The default is 0.</value>
    [Description("steps after which the reference moves towards the policy; 0 keeps it"), Range(0, int.MaxValue)]
    public int ReferenceSyncSteps { get; init; }

    /// <summary>TRL's ref_model_mixup_alpha: 1 makes the reference the policy.</summary>
    /// <value>The default is 0.6.</value>
    [Description("share of the policy's weights in a reference that moves"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double ReferenceMixup { get; init; } = 0.6;

    /// <summary>TRL's entropy_coef; in PPO, <see cref="PpoOptions.EntropyCoef"/>.</summary>
    /// <value>The default is 0.</value>
    [Description("entropy bonus of GRPO: its weight in the loss"), Range(0d, double.MaxValue)]
    public double EntropyBonus { get; init; }

    /// <summary>Skywork-OR1, arXiv:2505.22312, section 3.3, in TRL's form: <see cref="AdaptiveEntropy"/>.</summary>
    /// <value>The default is 0.</value>
    [Description("adaptive entropy bonus: paid while the mean entropy, in nats, is at most this; 0 keeps the bonus")]
    [Range(0d, double.MaxValue)]
    public double EntropyTarget { get; init; }

    /// <summary>TRL's entropy_coef_delta.</summary>
    /// <value>The default is 0.005.</value>
    [Description("adaptive entropy bonus: what its weight changes by in a step"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double EntropyDelta { get; init; } = 0.005;

    /// <summary>TRL's entropy_coef_min.</summary>
    /// <value>The default is 0.</value>
    [Description("adaptive entropy bonus: its smallest weight"), Range(0d, double.MaxValue)]
    public double EntropyMin { get; init; }

    /// <summary>TRL's entropy_coef_max.</summary>
    /// <value>The default is 1.</value>
    [Description("adaptive entropy bonus: its largest weight"), Range(0d, double.MaxValue)]
    public double EntropyMax { get; init; } = 1;

    /// <summary>Wang et al. 2025, arXiv:2506.01939: <see cref="HighEntropy"/>. 0.2 in the paper.</summary>
    /// <value>The default is 1.</value>
    [Description("share of the step's tokens, those of highest entropy, that the policy term learns from; 1 takes all")]
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double TopEntropyQuantile { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(EntropyMax), EntropyMax >= EntropyMin, $"must be >= EntropyMin ({OptionText.Show(EntropyMin)})", EntropyMin + 1),
        new(nameof(KlRatioWeighted), !KlRatioWeighted || !KlInReward, "must be false with KlInReward, where no ratio has moved yet", false),
    ];
}
