namespace Vlm.Rewards.Learned;

/// <summary>What an encoder's reward computes from an image's vector and a text's.</summary>
public enum EncoderForm
{
    /// <summary>Their cosine, -1 to 1.</summary>
    Similarity,

    /// <summary>2.5 max(cosine, 0): Hessel et al. 2021, https://arxiv.org/abs/2104.08718, section 3.</summary>
    ClipScore,

    /// <summary><see cref="GoalBaseline.Reward"/>.</summary>
    GoalBaseline,
}

/// <summary>What several images of one example are to its reward.</summary>
public enum SeveralImages
{
    /// <summary>The mean over the images.</summary>
    Mean,

    /// <summary>The image that fits best.</summary>
    Max,
}

/// <summary>What an encoder's reward pays for.</summary>
public sealed record EncoderRewardOptions
{
    /// <summary>What it is logged under.</summary>
    public string Name { get; init; } = "clip";

    /// <summary>What is computed.</summary>
    public EncoderForm Form { get; init; } = EncoderForm.Similarity;

    /// <summary>What the images shall show, in one or several wordings; none where that is what the completion says.</summary>
    public IReadOnlyList<string> Goals { get; init; } = [];

    /// <summary>Neutral wordings, such as "a drawing"; <see cref="EncoderForm.GoalBaseline"/> with an alpha above 0 needs one.</summary>
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>How much of the way from baseline to goal counts alone, 0 to 1.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>What the value is multiplied by: cosines of CLIP lie close together.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What several images are.</summary>
    public SeveralImages Images { get; init; } = SeveralImages.Mean;

    /// <summary>Refuses what cannot be computed.</summary>
    /// <exception cref="UsageException">A value is out of its range, or a baseline is missing.</exception>
    internal void Check()
    {
        if (!(Alpha is >= 0 and <= 1))
            throw new UsageException(FormattableString.Invariant($"alpha is {Alpha}; it lies from 0 to 1"), FormattableString.Invariant($"Alpha = {Alpha}"), "Alpha = 0.5");
        if (!double.IsFinite(Scale))
            throw new UsageException(FormattableString.Invariant($"the scale is {Scale}; it must be finite"), FormattableString.Invariant($"Scale = {Scale}"), "Scale = 1");
        if (Form == EncoderForm.GoalBaseline && Alpha > 0 && Baselines.Count == 0)
            throw new UsageException(
                "a goal is projected onto the line from a baseline, and there is none", "Baselines is empty", "Baselines = [\"a drawing\"], or Alpha = 0");
    }
}
