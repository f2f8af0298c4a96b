using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Rewards.Learned;

namespace Recipes.Cli;

/// <summary>What an image-text encoder pays for.</summary>
[Category("Encoder")]
public sealed record EncoderOptions : IOptionRules
{
    [Description("which files of an encoder's folder: fp16 or quantized, as they end; by default float32")]
    [Option(Example = "fp16")]
    public string? EncoderVariant { get; init; }

    [Description("what it pays: similarity, clip-score (2.5 max(cosine, 0)) or goal-baseline (docs/encoders.md)")]
    public EncoderForm EncoderForm { get; init; } = EncoderForm.Similarity;

    [Description("what the images shall show, in several wordings; by default what the completion says")]
    [Option(Example = "\"a robot that kneels\"")]
    public string[] EncoderGoal { get; init; } = [];

    [Description("neutral wordings that goal-baseline starts from")]
    [Option(Example = "\"a robot\"")]
    public string[] EncoderBaseline { get; init; } = [];

    [Description("share of the way from baseline to goal that counts alone"), Range(0d, 1d)]
    public double EncoderAlpha { get; init; } = 0.5;

    [Description("what its value is multiplied by"), Range(double.MinValue, double.MaxValue)]
    public double EncoderScale { get; init; } = 1;

    [Description("what several images of a question are: their mean, or the one that fits best")]
    public SeveralImages EncoderImages { get; init; } = SeveralImages.Mean;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(EncoderBaseline), EncoderForm != EncoderForm.GoalBaseline || EncoderAlpha == 0 || EncoderBaseline.Length > 0,
            "must name a neutral wording where EncoderForm is goal-baseline", "\"a picture\""),
    ];

    /// <summary>The reward of a folder.</summary>
    /// <param name="folder">As <see cref="ImageTextEncoder.Load"/> reads it.</param>
    /// <param name="name">What it is logged under.</param>
    /// <param name="logger">Is told of texts that are cut; null for nobody.</param>
    /// <exception cref="UsageException">The folder cannot be read, or goals and baselines say the same.</exception>
    public EncoderReward Read(string folder, string name = "clip", ILogger? logger = null)
    {
        var encoder = ImageTextEncoder.Load(folder, new ImageTextEncoderOptions { Variant = EncoderVariant ?? "", Logger = logger });
        try
        {
            return new EncoderReward(encoder, new EncoderRewardOptions
            {
                Name = name,
                Form = EncoderForm,
                Goals = EncoderGoal,
                Baselines = EncoderBaseline,
                Alpha = EncoderAlpha,
                Scale = EncoderScale,
                Images = EncoderImages,
            });
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
