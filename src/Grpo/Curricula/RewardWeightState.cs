using System.Collections.Immutable;

namespace Vlm.Grpo;

/// <summary>Where the dynamic weights of rewards stand. Immutable.</summary>
/// <param name="Names">The rewards, in order; none before the first step.</param>
/// <param name="Weights">Of each, sum 1.</param>
/// <param name="Influence">Sum of the influence of each since the weights moved last.</param>
/// <param name="Steps">Steps in that sum.</param>
/// <param name="Volume">What was reached.</param>
public sealed record RewardWeightState(
    ImmutableArray<string> Names, ImmutableArray<double> Weights, ImmutableArray<double> Influence, int Steps, HypervolumeWeight Volume)
{
    private const string FileName = "reward_weights.json";

    /// <summary>Nothing was paid yet.</summary>
    public static RewardWeightState Start { get; } = new([], [], [], 0, HypervolumeWeight.Start);

    /// <summary>Writes it into a checkpoint's folder; nothing where weights are fixed.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">What moves the weights.</param>
    public void Write(string folder, RewardWeightOptions options)
    {
        if (options.RewardWeighting != RewardWeighting.Fixed)
            StateFile.Write(Path.Combine(folder, FileName), this);
    }

    /// <summary>Reads it from a checkpoint's folder; the start where weights are fixed.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <param name="options">What moves the weights.</param>
    /// <exception cref="UsageException">The file is missing or damaged.</exception>
    public static RewardWeightState Read(string folder, RewardWeightOptions options)
        => options.RewardWeighting == RewardWeighting.Fixed ? Start
        : StateFile.Read<RewardWeightState>(Path.Combine(folder, FileName), "the state of reward weights",
            "resume with the --reward-weighting that the run began with");
}
