using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Single tokens through the decoder of a small model: the same function of the same weights, in fewer steps.</summary>
/// <remarks>
/// A small model spends generation on the way into each operator, not in it. So here queries, keys and values are one
/// product and one rotation, a norm is three operators, its weights are part of the product after it, and a residual is
/// added by the product that makes it. Weights lie with inputs as rows: so OpenBLAS multiplies few rows without first
/// repacking the weights, three times faster. Made anew for each sampling call, because weights move between them.
/// </remarks>
internal sealed class SmallDecoder
{
    // Above these sizes the work itself takes the time: numbers in the weights, and generated tokens of one group.
    private const long MostNumbers = 8_000_000, MostGenerated = 1024;

    private readonly SmallLayer[] _layers;
    private readonly SmallKv[] _caches;
    private readonly Tensor _normWeight;
    private readonly Tensor _floor;     // sqrt(D eps), scalar
    private GroupMask _mask;

    /// <summary>Copies weights and prefixes; the copies outlive the present scope.</summary>
    private SmallDecoder(IReadOnlyList<DecoderLayer> layers, RmsNorm norm, KvCache cache, int group)
    {
        double root = Math.Sqrt(norm.Weight.shape[0]);
        _layers = [.. layers.Select(layer => new SmallLayer(layer, root))];
        _caches = [.. layers.Select((_, i) => new SmallKv(cache[i], group, cache.Capacity))];
        _normWeight = (norm.Weight * root).MoveToOuterDisposeScope();
        _floor = tensor((float)(root * Math.Sqrt(norm.Epsilon))).MoveToOuterDisposeScope();
        _mask = GroupMask.Of(cache, group, layers[0].Attention.Config);
    }

    /// <summary>
    /// The lean form; null where weights or groups are large, not float32, or not on the processor, or where attention has
    /// biases or norms of its own.
    /// </summary>
    internal static SmallDecoder? Of(IReadOnlyList<DecoderLayer> layers, RmsNorm norm, KvCache cache, int group)
    {
        bool here = norm.Weight.dtype == ScalarType.Float32 && norm.Weight.device.type == TorchSharp.DeviceType.CPU;
        bool small = layers.Sum(layer => layer.Numbers) <= MostNumbers && group * cache.Capacity <= MostGenerated;
        bool plain = layers[0].Attention.Config is { Bias: false, HeadNorm: null };
        return here && small && plain ? new SmallDecoder(layers, norm, cache, group) : null;
    }

    /// <summary>Reads one token of each row after what the cache holds.</summary>
    /// <param name="x">[N, 1, D] embeddings.</param>
    /// <param name="rope">Rotation for the tokens, [N, 1].</param>
    /// <returns>[N, 1, D] after the final norm.</returns>
    internal Tensor Forward(Tensor x, Rope rope)
    {
        Rope turning = _layers[0].OfAllHeads(rope);
        Tensor bias = _mask.Of(_caches[0].Next);
        Tensor rows = x.squeeze(1);                                                           // [N, D]
        for (int i = 0; i < _layers.Length; i++)
            rows = _layers[i].Forward(rows, turning, bias, _caches[i], _floor);
        return (SmallLayer.Direction(rows, _floor) * _normWeight).unsqueeze(1);
    }

    /// <inheritdoc cref="KvCache.Keep"/>
    internal void Keep(KvCache cache, Tensor prompts, Tensor rows, int group)
    {
        foreach (SmallKv kv in _caches)
            kv.Keep(prompts, rows, group);
        _mask = GroupMask.Of(cache, group, _layers[0].Config);
    }
}

/// <summary>One layer's weights, [inputs, outputs] each, the norm before them and its sqrt(D) folded in.</summary>
internal sealed class SmallLayer(DecoderLayer layer, double root)
{
    private readonly Tensor _qkv = Lay(layer.Attention.QueryKeyValue() * (layer.AttentionNorm.Weight * root));
    private readonly Tensor _output = Lay(layer.Attention.Output);
    private readonly Tensor _gate = Lay(layer.FeedForward.Gate * (layer.FeedForwardNorm.Weight * root));
    private readonly Tensor _up = Lay(layer.FeedForward.Up * (layer.FeedForwardNorm.Weight * root));
    private readonly Tensor _down = Lay(layer.FeedForward.Down);

    internal AttentionConfig Config { get; } = layer.Attention.Config;

    // [N, D] -> [N, D]
    internal Tensor Forward(Tensor x, Rope rope, Tensor bias, SmallKv kv, Tensor floor)
    {
        Tensor attended = x.addmm(Mix(Direction(x, floor).mm(_qkv), rope, bias, kv), _output);
        Tensor unit = Direction(attended, floor);
        return attended.addmm(nn.functional.silu(unit.mm(_gate)).mul_(unit.mm(_up)), _down);
    }

    // x / sqrt(sum(x^2) + D eps): the norm without its weights and without sqrt(D), which are in what comes after.
    internal static Tensor Direction(Tensor x, Tensor floor) => x / x.norm(-1, true, 2).hypot(floor);

    // The rotation of queries, keys and values in one row: values do not turn. [N, 1, H + 2K, d]
    internal Rope OfAllHeads(Rope rope)
    {
        (long N, long turning, long K, long d) = (
            rope.Cos.shape[0], Config.Heads + Config.KvHeads, Config.KvHeads, Config.HeadWidth);
        return new Rope(
            cat([rope.Cos.expand(N, 1, turning, d), ones([N, 1, K, d])], 2),
            cat([rope.Sin.expand(N, 1, turning, d), zeros([N, 1, K, d])], 2));
    }

    // [N, (H + 2K) d] -> [N, H d]
    private Tensor Mix(Tensor qkv, Rope rope, Tensor bias, SmallKv kv)
    {
        (long N, long P, long H, long K, long d) = (
            qkv.shape[0], kv.Prompts, Config.Heads, Config.KvHeads, Config.HeadWidth);
        Tensor turned = rope.Rotate(qkv.view(N, 1, H + 2 * K, d)).view(P, N / P, H + 2 * K, d);
        Tensor q = turned.narrow(2, 0, H).view(P, N / P, K, H / K, d).transpose(1, 2).reshape(P * K, -1, d);

        (Tensor keys, Tensor values) = kv.Append(turned.narrow(2, H, 2 * K));                 // [P K, n, d]
        Tensor weights = (bmm(q, keys.transpose(1, 2)) + bias).softmax(-1);                   // [P K, G g, n]
        return bmm(weights, values).view(P, K, N / P, H / K, d).transpose(1, 2).reshape(N, H * d);
    }

    private static Tensor Lay(Tensor weight) => weight.t().contiguous().MoveToOuterDisposeScope();
}
