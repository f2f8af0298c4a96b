namespace Vlm.Grpo;

/// <summary>What becomes of groups whose rewards are all equal.</summary>
public enum ZeroVariance
{
    /// <summary>They stay: they have no gradient, and means of the loss count them.</summary>
    Keep,

    /// <summary>They are left out: means of the loss are over the rest.</summary>
    Drop,

    /// <summary>They are left out, and other prompts are sampled in their place (DAPO's dynamic sampling).</summary>
    Refill,
}

/// <summary>Which rollouts of a batch are no part of the update, although they were sampled, scored and compared.</summary>
/// <remarks>
/// Groups without spread: Yu et al. 2025, arXiv:2503.14476, section 3.2. Completions that were cut: the same, section 3.4; their
/// rewards are in the means of their group all the same, as in TRL and ms-swift. Groups by their mean: EasyR1's online filtering.
/// </remarks>
public static class LeaveOut
{
    /// <summary>The batch with <see cref="Sample.IsLeftOut"/> set.</summary>
    /// <param name="batch">With advantages.</param>
    /// <param name="options">What is left out.</param>
    public static Batch Mark(Batch batch, AdvantageOptions options)
    {
        bool byEstimator = AdvantageEstimator.Table[options.Estimator].LeavesOut;
        double[][] rewards = PaidRewards.Of(batch, options.Unscored);
        HashSet<int> without = [.. batch.Groups.Zip(rewards)
            .Where(group => !HasSignal(group.Second, options)).SelectMany(group => group.First)];
        bool[] left = [.. batch.Select((sample, i) => without.Contains(i) || (byEstimator && sample.Advantage.IsZero)
            || (options.MaskTruncated && sample.Rollout.Stop == StopReason.Length))];
        return left.Contains(true) ? new(batch.Zip(left, (sample, one) => sample with { IsLeftOut = one })) : batch;
    }

    /// <summary>True where a group stays, whatever becomes of its members.</summary>
    /// <param name="rewards">Of the group; NaN where one is not scored.</param>
    /// <param name="options">What is left out.</param>
    public static bool HasSignal(double[] rewards, AdvantageOptions options)
    {
        double mean = Spread.Of(rewards).Mean;
        return !(options.ZeroVariance != ZeroVariance.Keep && GroupRelative.HasNoSpread(rewards))
            && !(mean < options.GroupMeanMin) && !(mean > options.GroupMeanMax);
    }
}
