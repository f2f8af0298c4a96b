using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Layers that read what a decoder's layer <see cref="KvCache.Tap"/> reads, beside it and those after it.</summary>
/// <param name="Layers">As many as the decoder has from there on.</param>
/// <param name="Norm">The norm that its states pass last.</param>
/// <param name="Prefix">What the branch read of the prompts.</param>
internal sealed record DecoderBranch(IReadOnlyList<DecoderLayer> Layers, RmsNorm Norm, KvCache Prefix);

/// <summary>Single tokens through a decoder's last layers and through a branch beside them, in the same products.</summary>
/// <remarks>
/// Both are of one shape and read the same states. A small model's token costs the calls of its operators more than their
/// arithmetic, so two layers in one batched product cost little more than one. The rows of the decoder come first, those of the
/// branch after them, in one cache: to attention they are twice as many prompts. Weights are stacked once for each sampling call,
/// because they move between them; adapters are added in.
/// </remarks>
internal sealed class PairedLayers
{
    private readonly PairedLayer[] _layers;
    private readonly PairedNorm _norm;
    private readonly KvCache _cache;
    private long _rows;     // of the decoder, and as many of the branch

    private PairedLayers(IReadOnlyList<DecoderLayer> layers, RmsNorm norm, DecoderBranch branch, KvCache cache, int group)
    {
        int first = cache.Tap!.Value;
        _layers = [.. branch.Layers.Select((layer, i) => new PairedLayer(layers[first + i], layer))];
        _norm = PairedNorm.Of(norm, branch.Norm);
        _cache = KvCache.Beside(cache, first, branch.Prefix);
        _cache.Reserve(group, cache.Capacity);
        _rows = Prompts * group;
    }

    private int Prompts => (int)_cache[0].PrefixKeys!.shape[0] / 2;

    /// <summary>Null where the branch's weights are of another type or elsewhere than the decoder's.</summary>
    /// <param name="layers">All of the decoder's.</param>
    /// <param name="norm">The decoder's last.</param>
    /// <param name="branch">What reads beside its last layers.</param>
    /// <param name="cache">The decoder's, with room reserved.</param>
    /// <param name="group">Rows of each prompt.</param>
    internal static PairedLayers? Of(
        IReadOnlyList<DecoderLayer> layers, RmsNorm norm, DecoderBranch branch, KvCache cache, int group)
    {
        bool alike = norm.Weight.dtype == branch.Norm.Weight.dtype && norm.Weight.device.ToString() == branch.Norm.Weight.device.ToString();
        return alike && cache.Tap == layers.Count - branch.Layers.Count ? new PairedLayers(layers, norm, branch, cache, group) : null;
    }

    /// <summary>Reads what the layers before have made of one token of each row.</summary>
    /// <param name="x">[N, 1, D]</param>
    /// <param name="rope">Rotation for the tokens, [N, 1].</param>
    /// <returns>[N, 1, D] each, after the last norm: the decoder's and the branch's.</returns>
    internal (Tensor Decoder, Tensor Branch) Forward(Tensor x, Rope rope)
    {
        var twice = new Rope(cat([rope.Cos, rope.Cos], 0), cat([rope.Sin, rope.Sin], 0));
        var pass = new AttentionPass(2 * Prompts, twice, Bias: null, _cache);
        Tensor both = x.view(1, x.shape[0], -1).expand(2, -1, -1);                            // [2, N, D]
        for (int i = 0; i < _layers.Length; i++)
            both = _layers[i].Forward(both, pass, _cache[i]);
        Tensor hidden = _norm.Of(both).unsqueeze(2);                                          // [2, N, 1, D]
        return (hidden[0], hidden[1]);
    }

    /// <inheritdoc cref="KvCache.Keep"/>
    internal void Keep(Tensor prompts, Tensor rows, int group)
    {
        _cache.Keep(cat([prompts, prompts + Prompts], 0), cat([rows, rows + _rows], 0), group);
        _rows = rows.shape[0];
    }
}

/// <summary>Two decoder layers of one shape, each over rows of its own.</summary>
internal sealed class PairedLayer
{
    private readonly AttentionConfig _config;
    private readonly PairedNorm _attentionNorm, _feedForwardNorm;
    private readonly PairedNorm? _queryNorm, _keyNorm;
    private readonly PairedLinear _queryKeyValue, _output, _gateAndUp, _down;

    /// <param name="a">That of the first half of the rows.</param>
    /// <param name="b">That of the second half.</param>
    internal PairedLayer(DecoderLayer a, DecoderLayer b)
    {
        (GroupedQueryAttention first, GroupedQueryAttention second) = (a.Attention, b.Attention);
        _config = first.Config;
        _attentionNorm = PairedNorm.Of(a.AttentionNorm, b.AttentionNorm);
        _feedForwardNorm = PairedNorm.Of(a.FeedForwardNorm, b.FeedForwardNorm);
        _queryNorm = first.QueryNorm is { } query ? PairedNorm.Of(query, second.QueryNorm!) : null;
        _keyNorm = first.KeyNorm is { } key ? PairedNorm.Of(key, second.KeyNorm!) : null;
        _queryKeyValue = PairedLinear.Of([first.Query, first.Key, first.Value], [second.Query, second.Key, second.Value]);
        _output = PairedLinear.Of([first.Out], [second.Out]);
        _gateAndUp = PairedLinear.Of([a.FeedForward.GateProjection, a.FeedForward.UpProjection],
            [b.FeedForward.GateProjection, b.FeedForward.UpProjection]);
        _down = PairedLinear.Of([a.FeedForward.DownProjection], [b.FeedForward.DownProjection]);
    }

    /// <param name="x">[2, N, D]</param>
    /// <param name="pass">Of 2 N rows.</param>
    /// <param name="kv">Keys and values of both layers, to which those of x are added.</param>
    /// <returns>[2, N, D]</returns>
    internal Tensor Forward(Tensor x, AttentionPass pass, LayerKv kv)
    {
        Tensor attended = x + _output.Of(Attention(_attentionNorm.Of(x), pass, kv));
        return DisposeScopes.Return(() =>
        {
            Tensor[] inner = _gateAndUp.Of(_feedForwardNorm.Of(attended)).chunk(2, -1);       // [2, N, I] each
            return attended + _down.Of(nn.functional.silu(inner[0]) * inner[1]);
        });
    }

    private Tensor Attention(Tensor x, AttentionPass pass, LayerKv kv)
    {
        (long N, long H, long K, long d) = (x.shape[1], _config.Heads, _config.KvHeads, _config.HeadDim);
        Tensor[] parts = _queryKeyValue.Of(x).split([H * d, K * d, K * d], -1);
        Tensor q = Heads(parts[0], H, _queryNorm), k = Heads(parts[1], K, _keyNorm), v = Heads(parts[2], K, norm: null);
        return GroupedQueryAttention.Mix(q, k, v, pass, kv).view(2, N, -1);

        // [2 N, 1, heads, d]
        Tensor Heads(Tensor part, long heads, PairedNorm? norm)
        {
            Tensor each = part.reshape(2, N, heads, d);
            return (norm?.Of(each) ?? each).view(2 * N, 1, heads, d);
        }
    }
}

/// <summary>Two linear layers of one shape: one product of a batch of two.</summary>
/// <param name="Weights">[2, inputs, outputs]</param>
/// <param name="Bias">[2, 1, outputs], or null.</param>
internal sealed record PairedLinear(Tensor Weights, Tensor? Bias)
{
    /// <summary>Layers that read the same become one, their outputs side by side.</summary>
    internal static PairedLinear Of(LoraLinear[] a, LoraLinear[] b)
    {
        ScalarType type = Compute.TypeFor(a[0].Weight);
        Tensor weights = stack([Beside(a), Beside(b)], 0).transpose(1, 2).contiguous();
        Tensor? bias = a[0].Bias is null ? null : stack([Biases(a), Biases(b)], 0).unsqueeze(1);
        return new PairedLinear(weights.MoveToOuterDisposeScope(), bias?.MoveToOuterDisposeScope());

        Tensor Beside(LoraLinear[] layers) => cat([.. layers.Select(layer => layer.Effective.to(type))], 0);
        Tensor Biases(LoraLinear[] layers) => cat([.. layers.Select(layer => layer.Bias!.to(type))], 0);
    }

    /// <summary>[2, N, inputs] to [2, N, outputs].</summary>
    internal Tensor Of(Tensor x) => Bias is null ? bmm(x, Weights) : bmm(x, Weights) + Bias;
}

/// <summary>Two norms, each over the rows of its own.</summary>
/// <param name="Weights">[2, width]</param>
/// <param name="Epsilon">Added to the mean square.</param>
internal sealed record PairedNorm(Tensor Weights, double Epsilon)
{
    internal static PairedNorm Of(RmsNorm a, RmsNorm b) =>
        new(stack([a.Weight, b.Weight], 0).MoveToOuterDisposeScope(), a.Epsilon);

    /// <summary>[2, .., width]</summary>
    internal Tensor Of(Tensor x)
    {
        long[] shape = [2, .. Enumerable.Repeat(1L, (int)x.dim() - 2), x.shape[^1]];
        return RmsNorm.Scaled(x, Epsilon) * Weights.view(shape);
    }
}
