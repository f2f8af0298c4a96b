using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Adds to scores what completions pay for their length, as parts of their own that logs show.</summary>
public static class RewardShaping
{
    /// <summary>The part that <see cref="OverlongPenalty"/> gives.</summary>
    public const string Overlong = "overlong";

    /// <summary>The part that <see cref="ResponseTime"/> takes.</summary>
    public const string Time = "response_time";

    /// <summary>The batch with shaped scores; the same batch where nothing is to be paid.</summary>
    /// <param name="batch">As it was scored.</param>
    /// <param name="options">The limit of new tokens, and what is paid.</param>
    public static Batch Apply(Batch batch, GrpoOptions options) => IsOff(options.Shaping) ? batch
        : new(batch.Select(sample => sample with { Score = Of(sample.Rollout, sample.Score, options) }));

    /// <summary>
    /// The shaped score of one rollout; what is not scored stays so. What counts although a reward could not score it pays too, but for its
    /// time where nobody knows whether it is right.
    /// </summary>
    /// <exception cref="ArgumentException">A reward has the name of one of these parts.</exception>
    public static TotalScore Of(Rollout rollout, TotalScore score, GrpoOptions options)
    {
        (ShapingOptions shaping, int length, int most) = (options.Shaping, rollout.Tokens.Length, options.MaxNewTokens);
        if (double.IsNaN(PaidRewards.Of(score, options.UnscoredRewards)))
            return score;
        double right = score.Accuracy?.Value ?? score.Value;
        if (shaping.TimeWeight > 0 && !double.IsNaN(right))
            score = score.Plus(new(Time, -shaping.TimeWeight, new(ResponseTime.Cost(
                right, length, shaping.TimeLimit > 0 ? shaping.TimeLimit : most, shaping.TimeGate), $"{length} tokens")));
        return shaping.OverlongBuffer == 0 ? score : score.Plus(new(
            Overlong, shaping.OverlongPenalty,
            new(OverlongPenalty.Of(length, most, shaping.OverlongBuffer), $"{length} of {most} tokens")));
    }

    private static bool IsOff(ShapingOptions shaping) => shaping.TimeWeight == 0 && shaping.OverlongBuffer == 0;
}
