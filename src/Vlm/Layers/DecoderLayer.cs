using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>One block of a Llama-style decoder: x += attention(norm(x)); x += feed-forward(norm(x)).</summary>
/// <remarks>Touvron et al. 2023, https://arxiv.org/abs/2302.13971, section 2.2.</remarks>
public sealed class DecoderLayer : Layer
{
    private readonly RmsNorm _attentionNorm, _feedForwardNorm;
    private readonly GroupedQueryAttention _attention;
    private readonly SwiGlu _feedForward;

    /// <summary>Builds the block under its checkpoint names.</summary>
    public DecoderLayer(AttentionConfig attention, int inner, double epsilon) : base(nameof(DecoderLayer))
    {
        register_module("self_attn", _attention = new GroupedQueryAttention(attention));
        register_module("mlp", _feedForward = new SwiGlu(attention.HiddenSize, inner));
        register_module("input_layernorm", _attentionNorm = new RmsNorm(attention.HiddenSize, epsilon));
        register_module("post_attention_layernorm", _feedForwardNorm = new RmsNorm(attention.HiddenSize, epsilon));
    }

    internal RmsNorm AttentionNorm => _attentionNorm;

    internal RmsNorm FeedForwardNorm => _feedForwardNorm;

    internal GroupedQueryAttention Attention => _attention;

    internal SwiGlu FeedForward => _feedForward;

    /// <summary>Numbers in the weights.</summary>
    internal long Numbers => parameters().Sum(parameter => parameter.numel());

    /// <param name="x">[N, T, D]</param>
    /// <param name="pass">What the layers share.</param>
    /// <param name="kv">This layer's keys and values.</param>
    /// <returns>[N, T, D]</returns>
    public Tensor Forward(Tensor x, AttentionPass pass, LayerKv kv)
    {
        Tensor attended = x + _attention.Forward(_attentionNorm.call(x), pass, kv);
        return DisposeScopes.Return(() => attended + _feedForward.call(_feedForwardNorm.call(attended)));
    }
}
