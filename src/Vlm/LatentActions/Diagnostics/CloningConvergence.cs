namespace Vlm.LatentActions;

/// <summary>Whether cloning a policy over codes has come as far as it comes, told after each round of steps.</summary>
public sealed record CloningConvergence
{
    /// <summary>A round that lowers the cloning gap by less, in nats, is one too many.</summary>
    public const double LeastGain = 0.005;

    /// <summary>How far below the best policy over codes the agreement with tokens may stay.</summary>
    public const double Near = 0.01;

    /// <summary>The cloning gap after the last round, nats; null before one. A resumed run takes it from its log.</summary>
    public double? LastGap { get; init; }

    /// <summary>
    /// True once a round lowered <see cref="EffectReport.CloningGap"/> by less than 0.005 nats, and <see cref="EffectReport.Agreement"/> is
    /// within 0.01 of what the best policy over codes reaches.
    /// </summary>
    public bool IsReached { get; private init; }

    /// <summary>After one more round.</summary>
    /// <param name="report">Of the policy now, on the same answers each time.</param>
    public CloningConvergence After(EffectReport report) => new()
    {
        LastGap = report.CloningGap,
        IsReached = LastGap is { } before && before - report.CloningGap < LeastGain
            && report.Agreement >= report.BestAgreement - Near,
    };
}
