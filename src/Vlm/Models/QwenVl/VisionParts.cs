using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl;

/// <summary>Sizes that the towers of all Qwen-VL families have.</summary>
/// <param name="Width">Width of a patch's vector.</param>
/// <param name="Inner">Width inside the feed-forward layers.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Attention heads; divides the width.</param>
/// <param name="PatchSize">Side of a patch in pixels.</param>
/// <param name="TemporalPatch">Frames in a patch; an image is repeated to fill them.</param>
/// <param name="Merge">Patches along a side that become one token.</param>
/// <param name="Output">Width of the language model.</param>
public sealed record QwenVisionSizes(
    int Width, int Inner, int Layers, int Heads, int PatchSize, int TemporalPatch, int Merge, int Output)
{
    /// <summary>Numbers per head.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>Values of one patch: 3 channels x frames x side x side.</summary>
    public int PatchValues => 3 * TemporalPatch * PatchSize * PatchSize;

    /// <summary>Width of the vectors of merge x merge patches in a row.</summary>
    public int MergedWidth => Width * Merge * Merge;

    /// <summary>The same, where they fit each other and the language model.</summary>
    /// <param name="json">config.json.</param>
    /// <param name="output">What it calls <see cref="Output"/>.</param>
    /// <param name="text">The language model.</param>
    internal QwenVisionSizes Checked(ConfigJson json, string output, QwenTextConfig text)
    {
        if (Output != text.Decoder.Attention.Width)
            throw json.Wrong($"vision_config.{output} ({Output}) must be the language model's width "
                + $"({text.Decoder.Attention.Width})");

        json.Divides("num_heads", Heads, "the vision tower's width", Width);
        json.Divides("4", 4, "the width of a vision head", HeadWidth);
        foreach ((string name, int size) in ((string, int)[])[("intermediate_size", Inner), ("depth", Layers),
            ("patch_size", PatchSize), ("temporal_patch_size", TemporalPatch), ("spatial_merge_size", Merge)])
            json.Positive($"vision_config.{name}", size);
        return this;
    }
}

/// <summary>Patches to vectors: one linear layer over a patch's values, stored as a three-dimensional convolution.</summary>
internal sealed class PatchEmbed : Layer
{
    private readonly PatchProjection _projection;

    /// <summary>Builds the layer under "proj".</summary>
    internal PatchEmbed(QwenVisionSizes sizes, bool bias) : base(nameof(PatchEmbed)) =>
        register_module("proj", _projection = new PatchProjection(sizes, bias));

    /// <summary>[n, values] to [n, D].</summary>
    internal Tensor Forward(Tensor patches) => _projection.Forward(patches);
}

/// <summary>The weights of <see cref="PatchEmbed"/>: [D, 3, frames, side, side].</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    internal PatchProjection(QwenVisionSizes sizes, bool bias) : base(nameof(PatchProjection))
    {
        double bound = 1 / Math.Sqrt(sizes.PatchValues);
        register_parameter("weight", _weight = Weights.Uniform(
            bound, sizes.Width, 3, sizes.TemporalPatch, sizes.PatchSize, sizes.PatchSize));
        if (bias)
            register_parameter("bias", _bias = Weights.Uniform(bound, sizes.Width));
    }

    internal Tensor Forward(Tensor patches) => Compute.Linear(patches, _weight.flatten(1), _bias);
}

/// <summary>Each patch attends to the patches of its segment.</summary>
internal sealed class VisionAttention : Layer
{
    private readonly int _heads;
    private readonly Projection _inward, _outward;

    /// <summary>Builds "qkv" and "proj".</summary>
    internal VisionAttention(QwenVisionSizes sizes) : base(nameof(VisionAttention))
    {
        _heads = sizes.Heads;
        register_module("qkv", _inward = new Projection(sizes.Width, 3 * sizes.Width, bias: true));
        register_module("proj", _outward = new Projection(sizes.Width, sizes.Width, bias: true));
    }

    /// <summary>[n, D] to [n, D].</summary>
    internal Tensor Forward(Tensor x, Rope rope, Segments segments)
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
    /// <param name="sizes">The tower's.</param>
    /// <param name="norm">Makes a norm over a patch's vector.</param>
    /// <param name="feedForward">[n, D] to [n, D].</param>
    internal VisionBlock(
        QwenVisionSizes sizes, Func<nn.Module<Tensor, Tensor>> norm, nn.Module<Tensor, Tensor> feedForward)
        : base(nameof(VisionBlock))
    {
        register_module("norm1", _attentionNorm = norm());
        register_module("norm2", _feedForwardNorm = norm());
        register_module("attn", _attention = new VisionAttention(sizes));
        register_module("mlp", _feedForward = feedForward);
    }

    /// <summary>[n, D] to [n, D].</summary>
    internal Tensor Forward(Tensor x, Rope rope, Segments segments)
    {
        Tensor attended = x + _attention.Forward(_attentionNorm.call(x), rope, segments);
        return attended + _feedForward.call(_feedForwardNorm.call(attended));
    }
}
