namespace Grpo.Runs;

/// <summary><c>rollouts.parquet</c>: every rollout with its scores.</summary>
internal static class RolloutLog
{
    public const string FileName = "rollouts.parquet", Parts = "rollouts";
}
