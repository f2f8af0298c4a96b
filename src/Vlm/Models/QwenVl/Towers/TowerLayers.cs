using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>Patches to vectors: one linear layer over a patch's values, stored as a three-dimensional convolution.</summary>
internal sealed class PatchEmbed : Layer
{
    private readonly PatchProjection _projection;

    /// <summary>Builds the layer under "proj".</summary>
    internal PatchEmbed(QwenVisionConfig config, bool bias) : base(nameof(PatchEmbed)) =>
        register_module("proj", _projection = new PatchProjection(config, bias));

    /// <summary>[n, values] to [n, D].</summary>
    internal Tensor Forward(Tensor patches) => _projection.Forward(patches);
}

/// <summary>The weights of <see cref="PatchEmbed"/>: [D, 3, frames, side, side].</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    internal PatchProjection(QwenVisionConfig config, bool bias) : base(nameof(PatchProjection))
    {
        double bound = 1 / Math.Sqrt(config.PatchValues);
        register_parameter("weight", _weight = Weights.Uniform(
            bound, config.HiddenSize, 3, config.TemporalPatchSize, config.PatchSize, config.PatchSize));
        if (bias)
            register_parameter("bias", _bias = Weights.Uniform(bound, config.HiddenSize));
    }

    internal Tensor Forward(Tensor patches) => Compute.Linear(patches, _weight.flatten(1), _bias);
}

/// <summary>Each patch attends to the patches of its segment.</summary>
internal sealed class VisionAttention : Layer
{
    private readonly int _heads;
    private readonly LoraLinear _inward, _outward;

    /// <summary>Builds "qkv" and "proj".</summary>
    internal VisionAttention(QwenVisionConfig config) : base(nameof(VisionAttention))
    {
        _heads = config.Heads;
        register_module("qkv", _inward = new LoraLinear(config.HiddenSize, 3 * config.HiddenSize, bias: true));
        register_module("proj", _outward = new LoraLinear(config.HiddenSize, config.HiddenSize, bias: true));
    }

    /// <summary>[n, D] to [n, D].</summary>
    internal Tensor Forward(Tensor x, Rope rope, BlockDiagonalAttention segments)
    {
        (long n, long h, long d) = (x.shape[0], _heads, x.shape[1] / _heads);
        Tensor qkv = _inward.call(x).view(n, 3, h, d);
        Tensor q = rope.Rotate(qkv.select(1, 0).unsqueeze(0)).squeeze(0);                     // [n, h, d]
        Tensor k = rope.Rotate(qkv.select(1, 1).unsqueeze(0)).squeeze(0);
        return _outward.call(segments.Attend(q, k, qkv.select(1, 2)));
    }
}

/// <summary>One block of a tower, x += attention(norm(x)); x += feed-forward(norm(x)): families differ in what is plugged in.</summary>
internal sealed class VisionBlock : Layer
{
    private readonly nn.Module<Tensor, Tensor> _attentionNorm, _feedForwardNorm, _feedForward;
    private readonly VisionAttention _attention;

    /// <summary>Builds "norm1", "norm2", "attn" and "mlp".</summary>
    /// <param name="config">The tower's.</param>
    /// <param name="norm">Makes a norm over a patch's vector.</param>
    /// <param name="feedForward">[n, D] to [n, D].</param>
    internal VisionBlock(
        QwenVisionConfig config, Func<nn.Module<Tensor, Tensor>> norm, nn.Module<Tensor, Tensor> feedForward)
        : base(nameof(VisionBlock))
    {
        register_module("norm1", _attentionNorm = norm());
        register_module("norm2", _feedForwardNorm = norm());
        register_module("attn", _attention = new VisionAttention(config));
        register_module("mlp", _feedForward = feedForward);
    }

    /// <summary>All blocks of a tower.</summary>
    /// <param name="config">The tower's.</param>
    /// <param name="norm">Makes a norm over a patch's vector.</param>
    /// <param name="feedForward">Makes a layer from [n, D] to [n, D].</param>
    internal static ModuleList<VisionBlock> List(
        QwenVisionConfig config, Func<nn.Module<Tensor, Tensor>> norm, Func<nn.Module<Tensor, Tensor>> feedForward) =>
        new([.. Enumerable.Range(0, config.Layers).Select(_ => new VisionBlock(config, norm, feedForward()))]);

    /// <summary>[n, D] to [n, D].</summary>
    internal Tensor Forward(Tensor x, Rope rope, BlockDiagonalAttention segments)
    {
        Tensor attended = x + _attention.Forward(_attentionNorm.call(x), rope, segments);
        return attended + _feedForward.call(_feedForwardNorm.call(attended));
    }
}

/// <summary>The vectors of a block of patches, normalised, side by side through two layers: Qwen2-VL and Qwen2.5-VL.</summary>
internal sealed class PatchMerger : Layer
{
    private readonly nn.Module<Tensor, Tensor> _norm;
    private readonly MergerLayers _layers;
    private readonly long _merged;

    /// <summary>Builds "ln_q" and "mlp".</summary>
    /// <param name="config">The tower's.</param>
    /// <param name="norm">Over a patch's vector.</param>
    internal PatchMerger(QwenVisionConfig config, nn.Module<Tensor, Tensor> norm) : base(nameof(PatchMerger))
    {
        _merged = config.MergedSize;
        register_module("ln_q", _norm = norm);
        register_module("mlp", _layers = new MergerLayers(config));
    }

    /// <summary>[n, D] to [n / merge^2, the language model's hidden size].</summary>
    internal Tensor Forward(Tensor x) => _layers.Forward(_norm.call(x).view(-1, _merged));
}

/// <summary>The two layers of <see cref="PatchMerger"/>: "0", GELU, "2".</summary>
internal sealed class MergerLayers : Layer
{
    private readonly LoraLinear _in, _out;

    internal MergerLayers(QwenVisionConfig config) : base(nameof(MergerLayers))
    {
        register_module("0", _in = new LoraLinear(config.MergedSize, config.MergedSize, bias: true));
        register_module("2", _out = new LoraLinear(config.MergedSize, config.OutHiddenSize, bias: true));
    }

    internal Tensor Forward(Tensor x) => _out.call(nn.functional.gelu(_in.call(x)));
}
