using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>SigLIP: square frames to one vector per patch.</summary>
/// <remarks>
/// Zhai et al. 2023, https://arxiv.org/abs/2303.15343; blocks as in ViT, https://arxiv.org/abs/2010.11929, without a class token.
/// <code>
/// F frames    n patches per frame, row by row    D width    h heads    d = D / h
/// </code>
/// </remarks>
public sealed class VisionTower : Layer
{
    private readonly SmolVlmVisionConfig _config;
    private readonly PatchEmbeddings _embeddings;
    private readonly VisionEncoder _encoder;
    private readonly Fp32LayerNorm _norm;

    /// <summary>See <see cref="IVisionLanguageModel.GradientCheckpointing"/>.</summary>
    internal bool GradientCheckpointing
    {
        get => _encoder.GradientCheckpointing;
        set => _encoder.GradientCheckpointing = value;
    }

    /// <summary>Builds the tower under its checkpoint names.</summary>
    public VisionTower(SmolVlmVisionConfig config) : base(nameof(VisionTower))
    {
        _config = config;
        register_module("embeddings", _embeddings = new PatchEmbeddings(config));
        register_module("encoder", _encoder = new VisionEncoder(config));
        register_module("post_layernorm", _norm = new Fp32LayerNorm(config.HiddenSize, config.Epsilon));
    }

    /// <param name="pixels">[F, 3, H, W], normalised.</param>
    /// <param name="valid">[F, n] true on patches of the image; null where frames have no padding.</param>
    /// <returns>[F, n, D]</returns>
    public Tensor Forward(Tensor pixels, bool[,]? valid = null)
    {
        Tensor x = _embeddings.Forward(pixels, valid);
        return _norm.call(_encoder.Forward(x, PatchPositions.Bias(valid, pixels.device)));
    }
}

/// <summary>Cuts frames into patches, and adds to each the vector of its place.</summary>
public sealed class PatchEmbeddings : Layer
{
    private readonly SmolVlmVisionConfig _config;
    private readonly PatchProjection _patch;
    private readonly EmbeddingTable _position;

    /// <summary>Builds the projection and the table of places.</summary>
    public PatchEmbeddings(SmolVlmVisionConfig config) : base(nameof(PatchEmbeddings))
    {
        _config = config;
        register_module("patch_embedding", _patch = new PatchProjection(config));
        register_module("position_embedding", _position = new EmbeddingTable(config.Side * config.Side, config.HiddenSize));
    }

    // Patches do not overlap, so the convolution is one matrix product over the cut-out patches.
    internal Tensor Forward(Tensor pixels, bool[,]? valid)
    {
        (long F, long g, long p) = (pixels.shape[0], _config.Side, _config.PatchSize);
        Tensor cut = pixels.narrow(2, 0, g * p).narrow(3, 0, g * p)
            .reshape(F, 3, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(F, g * g, 3 * p * p);
        Tensor x = _patch.Forward(cut);
        return valid is null
            ? x + _position.Weight
            : x + _position.call(tensor(PatchPositions.Of(valid, _config.Side)).reshape(F, g * g).On(pixels.device));
    }
}

/// <summary>A linear layer over the values of a patch, stored as a convolution.</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter _weight, _bias;

    /// <summary>Builds "weight" [D, 3, side, side] and "bias", uniform in +-1/sqrt(inputs).</summary>
    internal PatchProjection(SmolVlmVisionConfig config) : base(nameof(PatchProjection))
    {
        (long side, double bound) = (config.PatchSize, 1 / Math.Sqrt(3.0 * config.PatchSize * config.PatchSize));
        register_parameter("weight", _weight = Weights.Uniform(bound, config.HiddenSize, 3, side, side));
        register_parameter("bias", _bias = Weights.Uniform(bound, config.HiddenSize));
    }

    /// <summary>[.., 3 x side x side] to [.., D].</summary>
    internal Tensor Forward(Tensor patches) => Compute.Linear(patches, _weight.flatten(1), _bias);
}

/// <summary>The tower's blocks.</summary>
public sealed class VisionEncoder : Layer
{
    private readonly ModuleList<VisionLayer> _layers;

    /// <summary>Builds the blocks under "layers".</summary>
    public VisionEncoder(SmolVlmVisionConfig config) : base(nameof(VisionEncoder)) =>
        register_module("layers", _layers = new ModuleList<VisionLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(_ => new VisionLayer(config))]));

    internal bool GradientCheckpointing { get; set; }

    internal Tensor Forward(Tensor x, Tensor? bias)
    {
        foreach (VisionLayer layer in _layers)
            x = Block.Run(GradientCheckpointing, layer, before => layer.Forward(before, bias), x);
        return x;
    }
}

/// <summary>One block: x += attention(norm(x)); x += feed-forward(norm(x)).</summary>
public sealed class VisionLayer : Layer
{
    private readonly Fp32LayerNorm _attentionNorm, _feedForwardNorm;
    private readonly VisionAttention _attention;
    private readonly VisionFeedForward _feedForward;

    /// <summary>Builds the block under its checkpoint names.</summary>
    public VisionLayer(SmolVlmVisionConfig config) : base(nameof(VisionLayer))
    {
        register_module("self_attn", _attention = new VisionAttention(config));
        register_module("layer_norm1", _attentionNorm = new Fp32LayerNorm(config.HiddenSize, config.Epsilon));
        register_module("mlp", _feedForward = new VisionFeedForward(config));
        register_module("layer_norm2", _feedForwardNorm = new Fp32LayerNorm(config.HiddenSize, config.Epsilon));
    }

    internal Tensor Forward(Tensor x, Tensor? bias)
    {
        Tensor attended = x + _attention.Forward(_attentionNorm.call(x), bias);
        return attended + _feedForward.Forward(_feedForwardNorm.call(attended));
    }
}

/// <summary>Every patch attends to every patch of its frame.</summary>
public sealed class VisionAttention : Layer
{
    private readonly int _heads;
    private readonly LoraLinear _query, _key, _value, _output;

    /// <summary>Builds the four projections under their checkpoint names.</summary>
    public VisionAttention(SmolVlmVisionConfig config) : base(nameof(VisionAttention))
    {
        _heads = config.Heads;
        register_module("q_proj", _query = new LoraLinear(config.HiddenSize, config.HiddenSize, bias: true));
        register_module("k_proj", _key = new LoraLinear(config.HiddenSize, config.HiddenSize, bias: true));
        register_module("v_proj", _value = new LoraLinear(config.HiddenSize, config.HiddenSize, bias: true));
        register_module("out_proj", _output = new LoraLinear(config.HiddenSize, config.HiddenSize, bias: true));
    }

    internal Tensor Forward(Tensor x, Tensor? bias)
    {
        (long F, long n, long D) = x.shape switch { var s => (s[0], s[1], s[2]) };
        Tensor mixed = FullAttention.Mix(                                                     // [F, h, n, d]
            Split(_query.call(x)), Split(_key.call(x)), Split(_value.call(x)), bias);
        return _output.call(mixed.transpose(1, 2).reshape(F, n, D));

        // [F, n, h d] -> [F, h, n, d]
        Tensor Split(Tensor heads) => heads.view(F, n, _heads, D / _heads).transpose(1, 2);
    }
}

/// <summary>fc2(gelu(fc1(x))), with the tanh form of GELU.</summary>
public sealed class VisionFeedForward : Layer
{
    private readonly LoraLinear _in, _out;

    /// <summary>Builds the two projections under their checkpoint names.</summary>
    public VisionFeedForward(SmolVlmVisionConfig config) : base(nameof(VisionFeedForward))
    {
        register_module("fc1", _in = new LoraLinear(config.HiddenSize, config.IntermediateSize, bias: true));
        register_module("fc2", _out = new LoraLinear(config.IntermediateSize, config.HiddenSize, bias: true));
    }

    internal Tensor Forward(Tensor x) => _out.call(nn.functional.gelu(_in.call(x), GELU.Approximate.tanh));
}
