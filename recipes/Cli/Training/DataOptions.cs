using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm;

namespace Recipes.Cli;

/// <summary>What a run trains on, and what it measures itself on.</summary>
[Category("Data")]
public sealed record DataOptions : IOptionRules
{
    [Description("files, folders or globs to train on, or shapes, nlvr-like or guide, which are generated; a.parquet:2 b.jsonl:1 mixes them by weight")]
    [Required, Option(Example = "train.parquet", Smoke = "shapes")]
    public string[] Data { get; init; } = [];

    [Description("held-out data, read in the same way; by default the share that --split says, or 5 % and at least 20 rows; none holds nothing out")]
    [Option(Example = "test.parquet")]
    public string[] Eval { get; init; } = [];

    [Description("kinds of questions: those kept of files, those taken in turn of generated data; by default all")]
    public string[] Kinds { get; init; } = [];

    [Description("longest prompt in tokens, images included; by default what the model's context leaves"), Range(1, int.MaxValue)]
    [Option(Example = "1024")]
    public int? MaxPromptLength { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Data), Data.Length > 0, "must name something to train on"),
    ];
}
