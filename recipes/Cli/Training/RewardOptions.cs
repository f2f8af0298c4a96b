using System.ComponentModel;
using Vlm;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>What a run pays.</summary>
[Category("Rewards")]
public sealed record RewardOptions
{
    [Description("what is paid, as name:weight, in place of what the data says: names of docs/rewards.md, or a file of C# with one static function")]
    [Option(Example = "acc@0.5:0.5 iou:0.5")]
    public string[] Reward { get; init; } = [];

    /// <summary>An example with the rewards that were named.</summary>
    /// <param name="example">As it was read.</param>
    /// <exception cref="UsageException">A name that is in no row, or a reward that does not take its truth.</exception>
    public Example On(Example example) => Set() is not { } set ? example : set.Problem(example.Truth) is not { } problem
        ? example with { Rewards = set, Metric = null }
        : throw new UsageException(problem, $"record {example.Id}", $"--reward {example.Truth.Kind.Rewards}, or another --answer-type");

    /// <summary>The rewards that were named; null where none were.</summary>
    /// <exception cref="UsageException">A name that is in no row, or a weight that is no number.</exception>
    public RewardSet? Set() => Reward.Length == 0 ? null : RewardSet.Parse(string.Join(" + ", Reward), where: "--reward " + string.Join(' ', Reward));
}
