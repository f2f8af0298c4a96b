using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>How SmolVLM and Idefics3 cut an image into square frames: preprocessor_config.json's fields.</summary>
public sealed record SmolVlmImageOptions
{
    /// <summary><c>size.longest_edge</c>: pixels the longer side is first scaled to, up or down.</summary>
    public required int LongestEdge { get; init; }

    /// <summary><c>max_image_size.longest_edge</c>: side of a frame in pixels.</summary>
    public required int FrameEdge { get; init; }

    /// <summary><c>do_resize</c>: scale to <see cref="LongestEdge"/> first.</summary>
    public bool Resize { get; init; } = true;

    /// <summary><c>do_image_splitting</c>: tiles and the whole image, rather than one frame.</summary>
    public bool Split { get; init; } = true;

    /// <summary><c>resample</c>.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Lanczos;

    /// <summary><c>rescale_factor</c>, or 1 where <c>do_rescale</c> is false.</summary>
    public double Rescale { get; init; } = 1.0 / 255;

    /// <summary><c>image_mean</c>: subtracted per channel; zeros where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary><c>image_std</c>: divided by per channel; ones where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.5f, 0.5f, 0.5f];
}
