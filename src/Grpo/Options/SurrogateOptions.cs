using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>Constants of single surrogates and aggregations; the others do not look at them.</summary>
[Category("Surrogate")]
public sealed record SurrogateOptions : IOptionRules
{
    /// <summary>Largest weight of an action in cispo-one-sided: the ratio itself, not how far it is above 1.</summary>
    /// <remarks>
    /// ScaleRL, Khatri et al. 2025, arXiv:2510.13786. TRL takes <c>epsilon_high</c> for it, and 0.2 where that is not set.
    /// </remarks>
    /// <value>The default is 5.</value>
    [Description("cispo-one-sided: largest importance weight of a token"), Range(1d, double.MaxValue)]
    public double RatioCap { get; init; } = 5;

    /// <summary>tau+ of SAPO, arXiv:2511.20347.</summary>
    /// <value>The default is 1.</value>
    [Description("sapo: temperature of the gate for positive advantages"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double SapoTauPositive { get; init; } = 1;

    /// <summary>tau- of SAPO.</summary>
    /// <value>The default is 1.05.</value>
    [Description("sapo: temperature of the gate for negative advantages"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double SapoTauNegative { get; init; } = 1.05;

    /// <summary>k of VESPO's weight for advantages of 0 and more.</summary>
    /// <value>The default is 2.</value>
    [Description("vespo: exponent k for positive advantages"), Range(0d, double.MaxValue)]
    public double VespoKPositive { get; init; } = 2;

    /// <summary>lambda of VESPO's weight for advantages of 0 and more.</summary>
    /// <value>The default is 3.</value>
    [Description("vespo: decay lambda for positive advantages"), Range(1e-4, double.MaxValue)]
    public double VespoLambdaPositive { get; init; } = 3;

    /// <summary>k of VESPO's weight for negative advantages.</summary>
    /// <value>The default is 3.</value>
    [Description("vespo: exponent k for negative advantages"), Range(0d, double.MaxValue)]
    public double VespoKNegative { get; init; } = 3;

    /// <summary>lambda of VESPO's weight for negative advantages.</summary>
    /// <value>The default is 2.</value>
    [Description("vespo: decay lambda for negative advantages"), Range(1e-4, double.MaxValue)]
    public double VespoLambdaNegative { get; init; } = 2;

    /// <summary>beta of DRO: what the squared log-ratio costs. verl has no default for it.</summary>
    /// <value>The default is 0.1.</value>
    [Description("dro: weight beta of the squared log-ratio"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double DroBeta { get; init; } = 0.1;

    /// <summary>Share of the step's tokens that clip-cov leaves out, or that kl-cov holds; one token at least.</summary>
    /// <value>The default is 0.0002.</value>
    [Description("clip-cov, kl-cov: share of the step's tokens that are held"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double CovarianceShare { get; init; } = 2e-4;

    /// <summary>Lower end of the covariances that clip-cov picks from.</summary>
    /// <value>The default is 1.</value>
    [Description("clip-cov: tokens are picked from those whose covariance is above this"), Range(double.MinValue, double.MaxValue)]
    public double CovarianceLow { get; init; } = 1;

    /// <summary>Upper end of the covariances that clip-cov picks from.</summary>
    /// <value>The default is 5.</value>
    [Description("clip-cov: tokens are picked from those whose covariance is below this"), Range(double.MinValue, double.MaxValue)]
    public double CovarianceHigh { get; init; } = 5;

    /// <summary>What kl-cov charges per nat; 1 in the paper, 0.1 in verl's configuration.</summary>
    /// <value>The default is 1.</value>
    [Description("kl-cov: weight of |log-ratio| on the held tokens"), Range(0d, double.MaxValue)]
    public double KlCovWeight { get; init; } = 1;

    /// <summary>A bad completion further than this from the policy that sampled it teaches nothing.</summary>
    /// <remarks>
    /// DeepSeek-V3.2, arXiv:2512.02556, off-policy sequence masking: where the advantage is below 0 and the mean of (sampler's
    /// log-prob - new) above the threshold, the completion's surrogate is 0. <see cref="OffPolicyMask"/>.
    /// </remarks>
    /// <value>The default is 0.</value>
    [Description("off-policy mask: bad completions whose mean KL from the sampler, in nats, is above this are left out; 0 disables it")]
    [Range(0d, double.MaxValue)]
    public double OffPolicyThreshold { get; init; }

    /// <summary>The constant of seq-mean-token-sum-norm: 64 in GUI-G1, whose completions have up to 128 tokens.</summary>
    /// <value>The default is 0.</value>
    [Description("seq-mean-token-sum-norm: tokens that a completion's sum is divided by; 0 takes MaxNewTokens"), Range(0, int.MaxValue)]
    public int LossConstant { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(CovarianceHigh), CovarianceHigh > CovarianceLow,
            $"must be > CovarianceLow ({OptionText.Show(CovarianceLow)})", CovarianceLow + 4),
    ];
}
