namespace Vlm.Rewards.Learned.Judges;

/// <summary>A learned reward that a generative judge gives.</summary>
public interface IJudge : ILearnedReward
{
    /// <summary>What it has done since it was made.</summary>
    JudgeCounts Counts { get; }
}
