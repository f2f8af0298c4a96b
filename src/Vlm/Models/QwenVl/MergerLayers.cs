using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl;

/// <summary>The merger's two layers in Qwen2-VL and Qwen2.5-VL: "0", GELU, "2".</summary>
internal sealed class MergerLayers : Layer
{
    private readonly Projection _in, _out;

    internal MergerLayers(QwenVisionSizes sizes) : base(nameof(MergerLayers))
    {
        register_module("0", _in = new Projection(sizes.MergedWidth, sizes.MergedWidth, bias: true));
        register_module("2", _out = new Projection(sizes.MergedWidth, sizes.Output, bias: true));
    }

    /// <summary>[tokens, D merge^2] to [tokens, width of the language model].</summary>
    internal Tensor Forward(Tensor x) => _out.call(nn.functional.gelu(_in.call(x)));
}
