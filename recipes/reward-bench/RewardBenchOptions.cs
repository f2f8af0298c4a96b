using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;

/// <summary>Options.</summary>
sealed record RewardBenchOptions : IOptionRules
{
    [Description("rewards to measure: rm:FOLDER, judge:FOLDER or judge:ADDRESS, clip:FOLDER; or a name of docs/rewards.md, which scores "
        + "where the truth is known")]
    [Required, Option(Example = "rm:runs/reward-model/model", Smoke = "caption")]
    public string[] Reward { get; init; } = [];

    [Description("files, folders or globs of pairs in any layout of docs/preferences.md, or shapes: generated captions with known faults")]
    [Option(Example = "pairs.parquet")]
    public string[] Data { get; init; } = ["shapes"];

    [Description("pairs that are made of generated drawings, where these are measured on"), Range(1, int.MaxValue), Option(Smoke = 16)]
    public int GeneratedPairs { get; init; } = 1000;

    [Description("contrasts that are made of generated drawings, where files have none of their own; 0 for none")]
    [Range(0, int.MaxValue), Option(Smoke = 8)]
    public int Contrasts { get; init; } = 200;

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public JudgeOptions Judge { get; init; } = new();

    public EncoderOptions Encoder { get; init; } = new();

    [Description("pairs scored together"), Range(1, int.MaxValue)]
    public int Batch { get; init; } = 64;

    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Reward), Reward.Distinct().Count() == Reward.Length, "must name each reward once"),
        new(nameof(Data), Data.Length > 0, "must name pairs to measure on"),
    ];
}
