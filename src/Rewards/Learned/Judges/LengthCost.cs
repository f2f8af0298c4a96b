using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Accuracy minus a response's time, R = w_a acc - w_t acc min(T / T_max, 1): what a right answer pays for its length.
/// </summary>
/// <remarks>
/// This project's specification of a reward that its paper only names. The accuracy in the second term
/// keeps a wrong answer from earning by being short; without it (<see cref="IsGated"/> false) it is
/// accuracy plus speed, taken literally.
/// </remarks>
public sealed record LengthCost
{
    /// <summary>w_a.</summary>
    /// <value>The default is 1.</value>
    [Range(0d, double.MaxValue)]
    public double AccuracyWeight { get; init; } = 1;

    /// <summary>w_t.</summary>
    /// <value>The default is 0.2.</value>
    [Range(0d, double.MaxValue)]
    public double TimeWeight { get; init; } = 0.2;

    /// <summary>T_max: the length from which on nothing more is paid for, in letters or tokens.</summary>
    /// <value>The default is 256.</value>
    [Range(1, int.MaxValue)]
    public int MaxLength { get; init; } = 256;

    /// <summary>A wrong answer pays nothing for its length.</summary>
    /// <value>The default is true.</value>
    public bool IsGated { get; init; } = true;

    /// <summary>R.</summary>
    /// <param name="accuracy">0 wrong .. 1 right.</param>
    /// <param name="length">T, in letters or tokens.</param>
    public double Reward(double accuracy, double length) =>
        AccuracyWeight * accuracy - TimeWeight * (IsGated ? accuracy : 1) * Math.Min(length / MaxLength, 1);
}
