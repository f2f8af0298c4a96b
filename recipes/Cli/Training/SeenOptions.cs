using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm;
using Vlm.Images;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>How the model sees images, and in which frame it answers boxes: the same in training and in scoring.</summary>
[Category("Images and boxes")]
public sealed record SeenOptions : IOptionRules
{
    [Description("smallest area in pixels that an image is resized to, in place of the model's own"), Range(1, long.MaxValue)]
    [Option(Example = "3136")]
    public long? MinPixels { get; init; }

    [Description("largest area in pixels that an image is resized to, in place of the model's own"), Range(1, long.MaxValue)]
    [Option(Example = "200704")]
    public long? MaxPixels { get; init; }

    [Description("frame of coordinates that the model answers boxes in; by default the one that the question asks for, or the model was taught")]
    [Option(Example = "thousand")]
    public Frame? BoxFrame { get; init; }

    [Description("what transparent images are seen on; none drops their alpha, as transformers 5 does")]
    public Background Background { get; init; }

    /// <summary>How files become pixels.</summary>
    public DecodeOptions Decode => new()
    {
        Background = Background,
        Seen = MinPixels is null && MaxPixels is null ? null : new SeenPixels(MinPixels, MaxPixels),
    };

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
        [new(nameof(MinPixels), !(MinPixels > MaxPixels), $"must be <= MaxPixels ({MaxPixels})", MaxPixels)];
}
