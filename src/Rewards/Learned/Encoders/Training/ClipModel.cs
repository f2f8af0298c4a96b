using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>An image-text encoder to train: two transformers whose vectors meet in one space.</summary>
/// <remarks>
/// Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 2.4, under the names of transformers' CLIPModel; the activation is
/// GELU's tanh form in place of the sigmoid form.
/// <code>
/// B images or texts    T tokens    n patches    D a tower's width    P width of the shared space
/// </code>
/// </remarks>
public sealed class ClipModel : Layer
{
    private readonly ClipVisionTower _vision;
    private readonly ClipTextTower _text;
    private readonly LoraLinear _visualProjection, _textProjection;
    private readonly Parameter _logitScale;

    /// <summary>Builds the model under its checkpoint names.</summary>
    /// <param name="config">Sizes.</param>
    public ClipModel(ClipConfig config) : base(nameof(ClipModel))
    {
        Config = config;
        register_module("vision_model", _vision = new ClipVisionTower(config));
        register_module("text_model", _text = new ClipTextTower(config));
        register_module("visual_projection", _visualProjection = new LoraLinear(config.Vision.HiddenSize, config.ProjectionDim));
        register_module("text_projection", _textProjection = new LoraLinear(config.Text.HiddenSize, config.ProjectionDim));
        register_parameter("logit_scale", _logitScale = Weights.Zeros());
    }

    /// <summary>Sizes.</summary>
    public ClipConfig Config { get; }

    /// <summary>The logarithm of what similarities are multiplied by in the loss: [].</summary>
    public Parameter LogitScale => _logitScale;

    /// <summary>All parameters under their checkpoint names.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable => ModelParameters.ParametersOf(this);

    /// <summary>A model with random weights; the same seed gives the same.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="device">Where the weights go, and all that is computed with them.</param>
    public static ClipModel New(ClipConfig config, long seed, Device device)
    {
        ClipModel model = Weights.Unfilled(() => new ClipModel(config), ScalarType.Float32, device);
        ClipInit.Fill(model, seed);
        return model;
    }

    /// <summary>Reads a folder that <see cref="ClipFolder.Write"/> wrote.</summary>
    /// <param name="folder">With config.json and weights.</param>
    /// <param name="device">Where the weights go, and all that is computed with them.</param>
    /// <exception cref="UsageException">A file is missing, broken, or of another model.</exception>
    public static ClipModel Load(string folder, Device device)
    {
        using HubFolder hub = HubFolder.Open(folder);
        ClipConfig config = ClipConfig.Read(hub.Config, Path.Combine(folder, "config.json"));
        ClipModel model = Weights.Unfilled(() => new ClipModel(config), ScalarType.Float32, device);
        WeightLoader.Load(model.Trainable, hub, _ => false);
        return model;
    }

    /// <summary>The vectors of images, as the graph's <c>image_embeds</c>: of any length.</summary>
    /// <param name="pixels">[B, 3, H, W], normalised.</param>
    /// <returns>[B, P]</returns>
    public Tensor Images(Tensor pixels) => _visualProjection.call(_vision.Forward(pixels));

    /// <summary>The vectors of texts, as the graph's <c>text_embeds</c>: of any length.</summary>
    /// <param name="ids">[B, T] of Int64, padded at the end with the end token.</param>
    /// <returns>[B, P]</returns>
    public Tensor Texts(Tensor ids) => _textProjection.call(_text.Forward(ids));
}

/// <summary>A class token and patches, attended to by each other; the class token's last vector is the image's.</summary>
internal sealed class ClipVisionTower : Layer
{
    private readonly ClipPatches _embeddings;
    private readonly VisionEncoder _blocks;
    private readonly Fp32LayerNorm _before, _after;

    internal ClipVisionTower(ClipConfig config) : base(nameof(ClipVisionTower))
    {
        register_module("embeddings", _embeddings = new ClipPatches(config));
        register_module("pre_layrnorm", _before = new Fp32LayerNorm(config.Vision.HiddenSize, ClipConfig.Epsilon));     // as spelt there
        register_module("encoder", _blocks = new VisionEncoder(config.Blocks(config.Vision)));
        register_module("post_layernorm", _after = new Fp32LayerNorm(config.Vision.HiddenSize, ClipConfig.Epsilon));
    }

    internal Tensor Forward(Tensor pixels)
    {
        Tensor x = _blocks.Forward(_before.call(_embeddings.Forward(pixels)), bias: null);      // [B, 1 + n, D]
        return _after.call(x.select(1, 0));
    }
}

/// <summary>Patches without overlap, before them the class token, and to each the vector of its place.</summary>
internal sealed class ClipPatches : Layer
{
    private readonly (int Side, int Patch) _cut;
    private readonly Parameter _class;
    private readonly ClipPatchProjection _patch;
    private readonly EmbeddingTable _position;

    internal ClipPatches(ClipConfig config) : base(nameof(ClipPatches))
    {
        _cut = (config.Side, config.PatchSize);
        register_parameter("class_embedding", _class = Weights.Normal(config.Vision.HiddenSize));
        register_module("patch_embedding", _patch = new ClipPatchProjection(config));
        register_module("position_embedding", _position = new EmbeddingTable(1 + config.Side * config.Side, config.Vision.HiddenSize));
    }

    internal Tensor Forward(Tensor pixels)
    {
        (long B, long g, long p) = (pixels.shape[0], _cut.Side, _cut.Patch);
        Tensor cut = pixels.reshape(B, 3, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(B, g * g, 3 * p * p);
        Tensor patches = _patch.Forward(cut);                                                   // [B, n, D]
        return cat([_class.expand(B, 1, -1), patches], 1) + _position.Weight;
    }
}

/// <summary>A linear layer without bias over the values of a patch, stored as a convolution.</summary>
internal sealed class ClipPatchProjection : Layer
{
    private readonly Parameter _weight;

    internal ClipPatchProjection(ClipConfig config) : base(nameof(ClipPatchProjection))
    {
        (long p, double bound) = (config.PatchSize, 1 / Math.Sqrt(3.0 * config.PatchSize * config.PatchSize));
        register_parameter("weight", _weight = Weights.Uniform(bound, config.Vision.HiddenSize, 3, p, p));
    }

    internal Tensor Forward(Tensor patches) => nn.functional.linear(patches, _weight.flatten(1));
}

/// <summary>Every token sees those before it; the end token's last vector is the text's.</summary>
internal sealed class ClipTextTower : Layer
{
    private readonly int _end;
    private readonly ClipTokenEmbeddings _embeddings;
    private readonly VisionEncoder _blocks;
    private readonly Fp32LayerNorm _norm;

    internal ClipTextTower(ClipConfig config) : base(nameof(ClipTextTower))
    {
        _end = config.EosId;
        register_module("embeddings", _embeddings = new ClipTokenEmbeddings(config));
        register_module("encoder", _blocks = new VisionEncoder(config.Blocks(config.Text)));
        register_module("final_layer_norm", _norm = new Fp32LayerNorm(config.Text.HiddenSize, ClipConfig.Epsilon));
    }

    internal Tensor Forward(Tensor ids)
    {
        (long B, long T) = (ids.shape[0], ids.shape[1]);
        Tensor later = full([T, T], float.NegativeInfinity, device: ids.device).triu(1);        // what a token does not see
        Tensor x = _norm.call(_blocks.Forward(_embeddings.Forward(ids), later.view(1, 1, T, T)));
        Tensor ends = ids.eq(_end).to(ScalarType.Int64).argmax(1);                              // the first end token
        return x.gather(1, ends.view(B, 1, 1).expand(B, 1, x.shape[2])).squeeze(1);
    }
}

/// <summary>The vectors of tokens and of their places.</summary>
internal sealed class ClipTokenEmbeddings : Layer
{
    private readonly EmbeddingTable _token, _position;

    internal ClipTokenEmbeddings(ClipConfig config) : base(nameof(ClipTokenEmbeddings))
    {
        register_module("token_embedding", _token = new EmbeddingTable(config.VocabSize, config.Text.HiddenSize));
        register_module("position_embedding", _position = new EmbeddingTable(config.MaxPositions, config.Text.HiddenSize));
    }

    internal Tensor Forward(Tensor ids) => _token.call(ids) + _position.Weight.narrow(0, 0, ids.shape[1]);
}
