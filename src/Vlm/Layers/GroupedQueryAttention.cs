using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Sizes of a decoder's attention.</summary>
/// <param name="HiddenSize">Model width.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key/value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadDim">Numbers per head.</param>
/// <param name="Bias">Queries, keys and values have a bias (Qwen2).</param>
/// <param name="QkNormEpsilon">Epsilon of a norm over each head's query and key before they turn (Qwen3); null for none.</param>
public sealed record AttentionConfig(
    int HiddenSize, int Heads, int KvHeads, int HeadDim, bool Bias = false, double? QkNormEpsilon = null);

/// <summary>What all layers of one decoder pass share.</summary>
/// <param name="Prompts">P: rows of one prompt are neighbours, so row n belongs to prompt n / (N / P).</param>
/// <param name="Rope">Rotation for the tokens of this pass, [N, T].</param>
/// <param name="Bias">
/// Added to the scores of this pass' own keys: [T, S] or [P, 1, 1, 1, T, S]; null where every token may see every key.
/// </param>
/// <param name="Cache">What was read before.</param>
public sealed record AttentionPass(int Prompts, Rope Rope, Tensor? Bias, KvCache Cache);

/// <summary>Causal self-attention in which several query heads share one key/value head, and groups share their prompt.</summary>
/// <remarks>
/// Ainslie et al. 2023, https://arxiv.org/abs/2305.13245, section 2. The rows of a prompt's group attend to its keys in one
/// product, without a copy of the keys for each row (Juravsky et al. 2024, https://arxiv.org/abs/2402.05099, section 3).
/// <code>
/// N rows = P prompts x G         D model width         d head width
/// T tokens in x                  H query heads         L prefix tokens
/// S suffix tokens with x         K kv heads            g = H / K
/// </code>
/// </remarks>
public sealed class GroupedQueryAttention : Layer
{
    private readonly AttentionConfig _config;
    private readonly LoraLinear _query, _key, _value, _output;
    private readonly RmsNorm? _queryNorm, _keyNorm;

    /// <summary>Builds the four projections, under the names they have in the checkpoint.</summary>
    public GroupedQueryAttention(AttentionConfig config) : base(nameof(GroupedQueryAttention))
    {
        (int D, int H, int K, int d) = (config.HiddenSize, config.Heads, config.KvHeads, config.HeadDim);
        if (H % K != 0)
            throw new ArgumentException($"heads ({H}) must be a multiple of kv heads ({K})", nameof(config));

        _config = config;
        register_module("q_proj", _query = new LoraLinear(D, H * d, config.Bias));
        register_module("k_proj", _key = new LoraLinear(D, K * d, config.Bias));
        register_module("v_proj", _value = new LoraLinear(D, K * d, config.Bias));
        register_module("o_proj", _output = new LoraLinear(H * d, D));
        if (config.QkNormEpsilon is not { } epsilon)
            return;

        register_module("q_norm", _queryNorm = new RmsNorm(d, epsilon));
        register_module("k_norm", _keyNorm = new RmsNorm(d, epsilon));
    }

    /// <summary>The sizes.</summary>
    internal AttentionConfig Config => _config;

    internal LoraLinear Query => _query;

    internal LoraLinear Key => _key;

    internal LoraLinear Value => _value;

    internal LoraLinear Out => _output;

    internal RmsNorm? QueryNorm => _queryNorm;

    internal RmsNorm? KeyNorm => _keyNorm;

    /// <summary>Attends from each token of <paramref name="x"/> to its prompt, its row's suffix and itself.</summary>
    /// <param name="x">[N, T, D]</param>
    /// <param name="pass">What the layers share.</param>
    /// <param name="kv">This layer's keys and values, to which those of x are added.</param>
    /// <returns>[N, T, D]</returns>
    public Tensor Forward(Tensor x, AttentionPass pass, LayerKv kv)
    {
        (long N, long T, long d) = (x.shape[0], x.shape[1], _config.HeadDim);
        Tensor q = Normed(_query.call(x).view(N, T, _config.Heads, d), _queryNorm);
        Tensor k = Normed(_key.call(x).view(N, T, _config.KvHeads, d), _keyNorm);
        Tensor v = _value.call(x).view(N, T, _config.KvHeads, d);
        return _output.call(Mix(q, k, v, pass, kv));
    }

    /// <summary>What lies between the projections: the values of what each token attends to.</summary>
    /// <param name="q">[N, T, H, d] not yet turned to their positions.</param>
    /// <param name="k">[N, T, K, d] not yet turned.</param>
    /// <param name="v">[N, T, K, d]</param>
    /// <param name="pass">What the layers share.</param>
    /// <param name="kv">This layer's keys and values, to which k and v are added.</param>
    /// <returns>[N, T, H d]</returns>
    internal static Tensor Mix(Tensor q, Tensor k, Tensor v, AttentionPass pass, LayerKv kv)
    {
        (long P, long N, long T, long K, long d) = (pass.Prompts, k.shape[0], k.shape[1], k.shape[2], k.shape[3]);
        (long G, long g) = (N / P, q.shape[2] / K);

        q = (pass.Rope.Rotate(q) * (1 / Math.Sqrt(d))).view(P, G, T, K, g, d).permute(0, 3, 1, 4, 2, 5).contiguous();
        k = pass.Rope.Rotate(k).view(P, G, T, K, d).permute(0, 3, 1, 2, 4);                   // [P, K, G, T, d]
        (k, v) = kv.Append(k, v.view(P, G, T, K, d).permute(0, 3, 1, 2, 4));                  // [P, K, G, S, d]

        Tensor mixed = DisposeScopes.Return(() => kv.PrefixKeys is null ? Own(q, k, v, pass.Bias) : Both(q, k, v, pass, kv));
        return mixed.permute(0, 2, 4, 1, 3, 5).reshape(N, T, -1);                             // of [P, K, G, g, T, d]
    }

    private static Tensor Normed(Tensor heads, RmsNorm? norm) => norm is null ? heads : norm.call(heads);

    // No prefix: [P, K, G, g, T, d]
    private static Tensor Own(Tensor q, Tensor k, Tensor v, Tensor? bias)
    {
        Tensor weights = Softmax(Biased(OwnScores(q, k), bias), q.dtype);                     // [P, K, G, g, T, S]
        return OwnValues(weights, v, q);
    }

    // Prefix and suffix under one softmax: [P, K, G, g, T, d]
    private static Tensor Both(Tensor q, Tensor k, Tensor v, AttentionPass pass, LayerKv kv)
    {
        (long PK, long L, long d) = (q.shape[0] * q.shape[1], kv.PrefixKeys!.shape[2], q.shape[^1]);
        Tensor prefix = bmm(q.view(PK, -1, d), kv.PrefixKeys.reshape(PK, L, d).transpose(1, 2))
            .view([.. q.shape[..^1], L]);                                                     // [P, K, G, g, T, L]
        Tensor scores = cat([Biased(prefix, pass.Cache.PrefixBias), Biased(OwnScores(q, k), pass.Bias)], -1);
        Tensor weights = Softmax(scores, q.dtype);                                            // [P, K, G, g, T, L + S]

        Tensor own = OwnValues(weights.narrow(-1, L, k.shape[3]), v, q);
        Tensor shared = bmm(weights.narrow(-1, 0, L).reshape(PK, -1, L), kv.PrefixValues!.reshape(PK, L, d));
        return own + shared.view(q.shape);
    }

    private static Tensor OwnScores(Tensor q, Tensor k)
    {
        (long PKG, long S, long d) = (k.shape[0] * k.shape[1] * k.shape[2], k.shape[3], k.shape[4]);
        return bmm(q.view(PKG, -1, d), k.reshape(PKG, S, d).transpose(1, 2)).view([.. q.shape[..^1], S]);
    }

    private static Tensor OwnValues(Tensor weights, Tensor v, Tensor q)
    {
        (long PKG, long S, long d) = (v.shape[0] * v.shape[1] * v.shape[2], v.shape[3], v.shape[4]);
        return bmm(weights.reshape(PKG, -1, S), v.reshape(PKG, S, d)).view(q.shape);
    }

    private static Tensor Biased(Tensor scores, Tensor? bias) => bias is null ? scores : scores + bias;

    // In float32: bfloat16 keeps 8 significant bits, too few to sum many exponentials.
    private static Tensor Softmax(Tensor scores, ScalarType type) =>
        type == ScalarType.Float32 ? scores.softmax(-1) : scores.softmax(-1, ScalarType.Float32).to(type);
}
