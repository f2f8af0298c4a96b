using Vlm.Checkpoints;

namespace Vlm.Models.QwenVl;

/// <summary>A vision tower of the Qwen-VL models: vision_config of config.json.</summary>
/// <param name="HiddenSize">Width of a patch's vector.</param>
/// <param name="IntermediateSize">Width inside the feed-forward layers.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Attention heads; divides the hidden size.</param>
/// <param name="PatchSize">Side of a patch in pixels.</param>
/// <param name="TemporalPatchSize">Frames in a patch; an image is repeated to fill them.</param>
/// <param name="SpatialMergeSize">Patches along a side that become one token.</param>
/// <param name="OutHiddenSize">The language model's hidden size.</param>
public sealed record QwenVisionConfig(
    int HiddenSize, int IntermediateSize, int Layers, int Heads, int PatchSize, int TemporalPatchSize, int SpatialMergeSize,
    int OutHiddenSize)
{
    /// <summary>Qwen2.5-VL: tokens along a side of the windows that most blocks attend within.</summary>
    public int WindowTokens { get; init; }

    /// <summary>Qwen2.5-VL: numbers of the blocks in which every patch attends to its whole image.</summary>
    public IReadOnlyList<int> FullAttentionBlocks { get; init; } = [];

    /// <summary>Qwen3-VL: rows, and columns, of the learned table of positions.</summary>
    public int PositionTableSide { get; init; }

    /// <summary>Qwen3-VL: numbers of the blocks whose states join the language model's first layers.</summary>
    public IReadOnlyList<int> DeepStackBlocks { get; init; } = [];

    /// <summary>Numbers per head.</summary>
    public int HeadDim => HiddenSize / Heads;

    /// <summary>Values of one patch: 3 channels x frames x side x side.</summary>
    public int PatchValues => 3 * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>Width of the vectors of merge x merge patches in a row.</summary>
    public int MergedSize => HiddenSize * SpatialMergeSize * SpatialMergeSize;

    /// <summary>The same, where the sizes fit each other and the language model.</summary>
    /// <param name="json">config.json.</param>
    /// <param name="output">What it calls <see cref="OutHiddenSize"/>.</param>
    /// <param name="text">The language model.</param>
    /// <exception cref="UsageException">They do not.</exception>
    internal QwenVisionConfig Checked(JsonReader json, string output, QwenTextConfig text)
    {
        if (OutHiddenSize != text.Decoder.Attention.HiddenSize)
            throw json.Invalid($"vision_config.{output} ({OutHiddenSize}) must be the language model's hidden size "
                + $"({text.Decoder.Attention.HiddenSize})");

        json.Divides("num_heads", Heads, "the vision tower's hidden size", HiddenSize);
        json.Divides("4", 4, "the size of a vision head", HeadDim);
        foreach ((string name, int size) in ((string, int)[])[("intermediate_size", IntermediateSize), ("depth", Layers),
            ("patch_size", PatchSize), ("temporal_patch_size", TemporalPatchSize), ("spatial_merge_size", SpatialMergeSize)])
            json.Positive($"vision_config.{name}", size);
        return this;
    }
}
