namespace Vlm.Grpo;

/// <summary>What being right earns, less what taking long costs. Pure.</summary>
/// <remarks>
/// <code>
/// R = w_a acc - w_t acc min(T / T_max, 1)        without the gate: R = w_a acc - w_t min(T / T_max, 1)
/// </code>
/// The method that an unfinished paper, "Reinforcement Learning for Fine-Tuning Multi-Modal Interactions", names (accuracy and
/// response time) without a formula: this is a specification, not a reproduction.
/// </remarks>
public static class ResponseTime
{
    /// <summary>The reward of an answer.</summary>
    /// <param name="accuracy">0 to 1.</param>
    /// <param name="time">In tokens, or any unit; 0 or more.</param>
    /// <param name="limit">T_max in the same unit, above 0.</param>
    /// <param name="accuracyWeight">w_a.</param>
    /// <param name="timeWeight">w_t.</param>
    /// <param name="gate">Only right answers pay for their time.</param>
    /// <exception cref="ArgumentOutOfRangeException">No limit, or a negative time.</exception>
    public static double Reward(
        double accuracy, double time, double limit, double accuracyWeight = 1, double timeWeight = 0.2, bool gate = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        return accuracyWeight * accuracy - timeWeight * Cost(accuracy, time, limit, gate);
    }

    /// <summary>What the time costs before its weight, 0 to 1.</summary>
    internal static double Cost(double accuracy, double time, double limit, bool gate) =>
        (gate ? accuracy : 1) * Math.Min(time / limit, 1);
}
