using Vlm.Images;

namespace Vlm.Models.QwenVl;

/// <summary>
/// How the Qwen-VL families cut an image into patches: preprocessor_config.json's fields. The values given here are
/// those of transformers' Qwen2VLImageProcessor where a file says nothing.
/// </summary>
public sealed record QwenImageOptions
{
    /// <summary>What Qwen2-VL and Qwen2.5-VL use where their files say nothing.</summary>
    public static QwenImageOptions Qwen2 { get; } = new();

    /// <summary>What Qwen3-VL uses where its files say nothing.</summary>
    public static QwenImageOptions Qwen3 { get; } = new()
    {
        PatchSize = 16,
        MinPixels = 65_536,
        MaxPixels = 16_777_216,
        Mean = [0.5f, 0.5f, 0.5f],
        Std = [0.5f, 0.5f, 0.5f],
    };

    /// <summary><c>patch_size</c>: side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary><c>temporal_patch_size</c>: frames of a patch; an image is repeated to fill them.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary><c>merge_size</c>: side in patches of the block that becomes one token.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary><c>min_pixels</c>, or <c>size.shortest_edge</c>, which is an area too.</summary>
    public long MinPixels { get; init; } = 56 * 56;

    /// <summary><c>max_pixels</c>, or <c>size.longest_edge</c>, which is an area too.</summary>
    public long MaxPixels { get; init; } = 28 * 28 * 1280;

    /// <summary><c>do_resize</c>: to the size of <see cref="SmartResize"/>.</summary>
    public bool Resize { get; init; } = true;

    /// <summary><c>resample</c>.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bicubic;

    /// <summary><c>rescale_factor</c>, or 1 where <c>do_rescale</c> is false.</summary>
    public double Rescale { get; init; } = 1.0 / 255;

    /// <summary><c>image_mean</c>: subtracted per channel; zeros where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary><c>image_std</c>: divided by per channel; ones where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Side of a block in pixels: both sides of a resized image are multiples of it.</summary>
    public int Factor => PatchSize * MergeSize;
}
