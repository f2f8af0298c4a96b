using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>The Llama decoder: embeddings in, hidden states after the final norm out.</summary>
public sealed class TextModel : nn.Module
{
    private readonly SmolVlmTextConfig _config;
    private readonly Embedding _embedding;
    private readonly ModuleList<DecoderLayer> _layers;
    private readonly RmsNorm _norm;

    /// <summary>Builds the decoder under its checkpoint names.</summary>
    public TextModel(SmolVlmTextConfig config) : base(nameof(TextModel))
    {
        _config = config;
        var attention = new AttentionConfig(config.Width, config.Heads, config.KvHeads, config.HeadWidth);
        register_module("embed_tokens", _embedding = nn.Embedding(config.Vocabulary, config.Width));
        register_module("layers", _layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, config.Layers)
            .Select(_ => new DecoderLayer(attention, config.Inner, config.Epsilon))]));
        register_module("norm", _norm = new RmsNorm(config.Width, config.Epsilon));
    }

    /// <summary>[vocabulary, D]</summary>
    public Parameter EmbeddingWeight => _embedding.weight!;

    /// <summary>[..] ids to [.., D] vectors.</summary>
    public Tensor Embed(Tensor ids) => _embedding.call(ids);

    /// <summary>Reads tokens after what the cache holds.</summary>
    /// <param name="x">[N, T, D] embeddings, images merged.</param>
    /// <param name="positions">[N, T]</param>
    /// <param name="prompts">P: how many prompts the N rows belong to, in equal groups.</param>
    /// <param name="bias">See <see cref="AttentionPass.Bias"/>.</param>
    /// <param name="cache">What was read before; the new keys and values are added.</param>
    /// <param name="trace">Called with the hidden states before each layer, and with the result; for parity tests.</param>
    /// <returns>[N, T, D] after the final norm.</returns>
    public Tensor Forward(
        Tensor x, Tensor positions, int prompts, Tensor? bias, KvCache cache, Action<int, Tensor>? trace = null)
    {
        var rope = Rope.At(positions, _config.HeadWidth, _config.RopeTheta);
        if (x.shape[1] == 1 && trace is null && Small(cache, x.shape[0] / prompts) is { } small)
            return small.Forward(x, rope);

        var pass = new AttentionPass(prompts, rope, bias, cache);
        for (int i = 0; i < _layers.Count; i++)
        {
            trace?.Invoke(i, x);
            x = _layers[i].Forward(x, pass, cache[i]);
        }
        Tensor hidden = _norm.call(x);
        trace?.Invoke(_layers.Count, hidden);
        return hidden;
    }

    private SmallDecoder? Small(KvCache cache, long group) =>
        cache.ForSingleTokens(() => SmallDecoder.Of([.. _layers], _norm, cache, (int)group));
}
