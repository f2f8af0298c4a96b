using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm;
using Vlm.Images;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>What a run trains on, and what it measures itself on.</summary>
[Category("Data")]
public sealed record DataOptions : IOptionRules
{
    /// <summary>The share that is held out where nothing else is said.</summary>
    public const string DefaultSplit = "95/5";

    [Description("files, folders or globs to train on, or shapes or nlvr-like, which are generated; a.parquet:2 b.jsonl:1 mixes them by weight")]
    [Required, Option(Example = "train.parquet", Smoke = "shapes")]
    public string[] Data { get; init; } = [];

    [Description("held-out data, read in the same way; by default the share of the data that --split says")]
    [Option(Example = "test.parquet")]
    public string[] Eval { get; init; } = [];

    [Description("kinds of questions: those kept of files, those taken in turn of generated data; by default all")]
    public string[] Kinds { get; init; } = [];

    [Description("smallest area in pixels that an image is resized to, in place of the model's own"), Range(1, long.MaxValue)]
    [Option(Example = "3136")]
    public long? MinPixels { get; init; }

    [Description("largest area in pixels that an image is resized to, in place of the model's own"), Range(1, long.MaxValue)]
    [Option(Example = "200704")]
    public long? MaxPixels { get; init; }

    [Description("longest prompt in tokens, images included; by default what the model's context leaves"), Range(1, int.MaxValue)]
    [Option(Example = "1024")]
    public int? MaxPromptLength { get; init; }

    [Description("frame of coordinates that the model answers boxes in; by default the one that the question asks for, or the model was taught")]
    [Option(Example = "thousand")]
    public Frame? BoxFrame { get; init; }

    [Description("what transparent images are seen on; none drops their alpha, as transformers 5 does")]
    public Background Background { get; init; }

    internal DecodeOptions Decode => new()
    {
        Background = Background,
        Seen = MinPixels is null && MaxPixels is null ? null : new SeenPixels(MinPixels, MaxPixels),
    };

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Data), Data.Length > 0, "must name something to train on"),
        new(nameof(MinPixels), !(MinPixels > MaxPixels), $"must be <= MaxPixels ({MaxPixels})", MaxPixels),
    ];
}
