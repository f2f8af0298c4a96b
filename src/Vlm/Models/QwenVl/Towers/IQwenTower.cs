using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>A vision tower: patches of images in, vectors of the language model's hidden size out.</summary>
internal interface IQwenTower
{
    /// <summary>The tower itself, to be registered in a model.</summary>
    nn.Module Module { get; }

    /// <summary>See <see cref="IVisionLanguageModel.GradientCheckpointing"/>.</summary>
    bool GradientCheckpointing { get; set; }

    /// <summary>Reads the patches of all images: the part that <see cref="ModelPart.Vision"/> freezes.</summary>
    /// <param name="patches">[n, values] of all images.</param>
    /// <param name="grids">How they lie.</param>
    /// <param name="trace">See <see cref="IVisionLanguageModel.Prefill"/>.</param>
    /// <returns>[n, D] states after the last block, then those after each DeepStack block.</returns>
    Tensor[] Encode(Tensor patches, PatchGrids grids, Trace? trace);

    /// <summary>Brings the states to the language model: the part that <see cref="ModelPart.Connector"/> freezes.</summary>
    /// <param name="states">As <see cref="Encode"/> gives them.</param>
    /// <param name="trace">See <see cref="IVisionLanguageModel.Prefill"/>.</param>
    TowerOutput Merge(Tensor[] states, Trace? trace);
}

/// <summary>What a tower makes of n patches.</summary>
/// <param name="Features">[n / merge^2, D], D the language model's hidden size.</param>
/// <param name="DeepStack">As much of each DeepStack block, in their order; none in Qwen2-VL and Qwen2.5-VL.</param>
internal sealed record TowerOutput(Tensor Features, IReadOnlyList<Tensor> DeepStack);
