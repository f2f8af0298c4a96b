using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Sizes of a decoder.</summary>
/// <param name="Attention">Model width, heads, and what families add to attention.</param>
/// <param name="IntermediateSize">Width inside the feed-forward layers.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="VocabSize">Rows of the embedding; may exceed the tokenizer's ids.</param>
/// <param name="MaxPositions">Most tokens of a prompt and its completion together.</param>
/// <param name="RopeTheta">Base of the rotary wavelengths.</param>
/// <param name="Epsilon">Added to the mean square in norms.</param>
public sealed record DecoderConfig(
    AttentionConfig Attention, int IntermediateSize, int Layers, int VocabSize, int MaxPositions, double RopeTheta, double Epsilon)
{
    /// <summary>How the wavelengths are stretched; null for not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The first layers that image features join behind, as <see cref="DeepFeatures"/> says; 0 in most families.</summary>
    public int DeepLayers { get; init; }

    /// <summary>The rotation for positions on one axis, [N, T].</summary>
    internal Rope RopeAt(Tensor positions) => Rope.At(positions, Attention.HeadDim, RopeTheta, RopeScaling);
}

/// <summary>Told a value by the name it has in the reference's recordings, such as "hidden.2".</summary>
public delegate void Trace(string name, Tensor value);

/// <summary>Image features that join the decoder's hidden states behind its first layers.</summary>
/// <remarks>DeepStack: Meng et al. 2024, https://arxiv.org/abs/2406.04334, section 3.2.</remarks>
/// <param name="Places">[M] where images stand among the P L tokens, row by row.</param>
/// <param name="Features">[M, D] each: the k-th is added behind layer k.</param>
public sealed record DeepFeatures(Tensor Places, IReadOnlyList<Tensor> Features)
{
    /// <summary>Adds the layer's features, where it has some, to [P, L, D].</summary>
    internal Tensor Join(Tensor x, int layer) => layer >= Features.Count
        ? x : x.flatten(0, 1).index_add(0, Places, Features[layer].to(x.dtype), 1).view_as(x);
}

/// <summary>The Llama decoder, which all families share: embeddings in, hidden states after the final norm out.</summary>
/// <remarks>Touvron et al. 2023, https://arxiv.org/abs/2302.13971, section 2.2.</remarks>
public sealed class Decoder : Layer
{
    private readonly DecoderConfig _config;
    private readonly EmbeddingTable _embedding;
    private readonly ModuleList<DecoderLayer> _layers;
    private readonly RmsNorm _norm;

    /// <summary>Builds the decoder under its checkpoint names.</summary>
    public Decoder(DecoderConfig config) : base(nameof(Decoder))
    {
        _config = config;
        register_module("embed_tokens", _embedding = new EmbeddingTable(config.VocabSize, config.Attention.HiddenSize));
        register_module("layers", _layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, config.Layers)
            .Select(_ => new DecoderLayer(config.Attention, config.IntermediateSize, config.Epsilon))]));
        register_module("norm", _norm = new RmsNorm(config.Attention.HiddenSize, config.Epsilon));
    }

    /// <summary>The sizes.</summary>
    internal DecoderConfig Config => _config;

    /// <summary>See <see cref="IVisionLanguageModel.GradientCheckpointing"/>.</summary>
    internal bool GradientCheckpointing { get; set; }

    /// <summary>The norm that hidden states pass last.</summary>
    internal RmsNorm FinalNorm => _norm;

    /// <summary>[vocabulary, D]</summary>
    public Parameter EmbeddingWeight => _embedding.Weight;

    /// <summary>[..] ids to [.., D] vectors.</summary>
    public Tensor Embed(Tensor ids) => _embedding.call(ids).to(Compute.TypeFor(EmbeddingWeight));

    /// <summary>[.., D] to [.., vocabulary], by the output layer or, where there is none, by the embedding.</summary>
    public Tensor Logits(Tensor hidden, LoraLinear? head) =>
        head is null ? Compute.Linear(hidden, EmbeddingWeight, null) : head.call(hidden);

    /// <summary>Embeds prompts, and puts image vectors, in order, where the placeholders stand.</summary>
    /// <param name="batch">P prompts of L tokens.</param>
    /// <param name="placeholder">The token that an image vector replaces.</param>
    /// <param name="features">[M, D], or null without images.</param>
    /// <param name="textOnly">Placeholders without vectors keep their own embeddings.</param>
    /// <returns>[P, L, D], and the [M] places among the P L tokens.</returns>
    /// <exception cref="ArgumentException">Placeholders and vectors differ in number.</exception>
    public (Tensor Embedded, Tensor? Places) Merge(
        PromptBatch batch, int placeholder, Tensor? features, bool textOnly = false)
    {
        Device device = EmbeddingWeight.device;
        Tensor embedded = Embed(tensor(batch.Tokens).On(device));                             // [P L, D]
        long[] places =
            [.. batch.Tokens.Index().Where(item => item.Item == placeholder).Select(item => (long)item.Index)];
        if (!textOnly && places.Length != (features?.shape[0] ?? 0))
            throw new ArgumentException(
                $"{places.Length} image placeholders but {features?.shape[0] ?? 0} image vectors in the batch",
                nameof(batch));

        Tensor? index = features is null ? null : tensor(places).On(device);
        if (index is not null)
            embedded = embedded.index_copy(0, index, features!.to(embedded.dtype));
        return (embedded.view(batch.Prompts.Count, batch.Length, -1), index);
    }

    /// <summary>Reads prompts into an empty cache, which then holds them as shared prefixes.</summary>
    /// <param name="x">[P, L, D] embeddings, images merged.</param>
    /// <param name="rope">Rotation for the tokens, [P, L].</param>
    /// <param name="lengths">P real lengths; the rest is padding on the left.</param>
    /// <param name="cache">Empty.</param>
    /// <param name="deep">Image features for the first layers, or null.</param>
    /// <param name="trace">Told the hidden states before each layer, and the result.</param>
    /// <returns>[P, L, D] after the final norm.</returns>
    public Tensor Prefill(
        Tensor x, Rope rope, int[] lengths, KvCache cache, DeepFeatures? deep = null, Trace? trace = null)
    {
        int tokens = (int)x.shape[1];
        Tensor? padding = Masks.LeftPadding(lengths, tokens, x.device);
        var pass = new AttentionPass(lengths.Length, rope, Masks.Both(Masks.Causal(tokens, x.device), padding), cache);
        Tensor hidden = Layers(x, pass, deep, trace);
        cache.ShareAsPrefix(padding);
        return hidden;
    }

    /// <summary>Reads tokens after what the cache holds.</summary>
    /// <param name="tokens">[N, T] ids; rows of a prompt are neighbours, the same number for each prompt.</param>
    /// <param name="positions">[N, T]</param>
    /// <param name="cache">What was read before; the new keys and values are added.</param>
    /// <returns>[N, T, D] after the final norm.</returns>
    public Tensor Continue(Tensor tokens, Tensor positions, KvCache cache)
    {
        int prompts = (int)cache[0].PrefixKeys!.shape[0];
        Rope rope = _config.RopeAt(positions);
        Tensor x = Embed(tokens);
        if (tokens.shape[1] == 1 && Steps(cache, tokens.shape[0] / prompts) is { } steps)
            return steps.Forward(x, rope);

        Tensor? bias = Masks.Causal((int)tokens.shape[1], x.device);
        var pass = new AttentionPass(prompts, rope, bias, cache);
        if (tokens.shape[1] == 1 && Pairs(cache, tokens.shape[0] / prompts) is { } pairs)
        {
            (Tensor hidden, cache.Branched) = pairs.Forward(FirstLayers(x, pass, cache.Tap!.Value), rope);
            return hidden;
        }
        cache.RequireOwnTokens();
        return Layers(x, pass, deep: null, trace: null);
    }

    private Tensor Layers(Tensor x, AttentionPass pass, DeepFeatures? deep, Trace? trace)
    {
        Tensor before = x;      // a layer's own result, which the reference records, before image features join it
        for (int i = 0; i < _layers.Count; i++)
        {
            trace?.Invoke($"hidden.{i}", before);
            if (i == pass.Cache.Tap)
                pass.Cache.Tapped = x;
            before = Layer(_layers[i], x, pass, pass.Cache[i]);
            x = deep?.Join(before, i) ?? before;
        }
        Tensor hidden = _norm.call(x);
        trace?.Invoke($"hidden.{_layers.Count}", hidden);
        return hidden;
    }

    private Tensor FirstLayers(Tensor x, AttentionPass pass, int count)
    {
        for (int i = 0; i < count; i++)
            x = _layers[i].Forward(x, pass, pass.Cache[i]);
        return x;
    }

    private Tensor Layer(DecoderLayer layer, Tensor x, AttentionPass pass, LayerKv kv)
    {
        if (!GradientCheckpointing || !Block.HasGradient(layer, [x, .. kv.Prefix]))
            return layer.Forward(x, pass, kv);
        // Keys and values are results too: what is read later attends to them.
        Tensor[] outputs = ActivationCheckpoint.Run(inputs =>
        {
            var own = LayerKv.After(inputs[1..]);
            Tensor result = layer.Forward(inputs[0], pass, own);
            return [result, .. own.Suffix];
        }, [x, .. kv.Prefix]);
        kv.Append(outputs[1], outputs[2]);
        return outputs[0];
    }

    private FusedSingleTokenDecoder? Steps(KvCache cache, long group) =>
        cache.ForSingleTokens(() => FusedSingleTokenDecoder.Of([.. _layers], _norm, cache, (int)group));

    private PairedLayers? Pairs(KvCache cache, long group) => is_grad_enabled() ? null
        : cache.ForBranch(branch => PairedLayers.Of([.. _layers], _norm, branch, cache, (int)group));
}
