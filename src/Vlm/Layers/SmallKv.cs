using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>
/// One layer's keys and values in one row per prompt and head: first the prompt's, then, token by token, those of the whole
/// group. A row of the group thus meets its neighbours' keys too, which <see cref="GroupMask"/> hides: for short completions
/// one product with too many columns costs less than one product for each row.
/// </summary>
/// <remarks>
/// <code>
/// P prompts    K heads    G rows per prompt    L prefix tokens    C = L + capacity x G columns    d head width
/// </code>
/// </remarks>
internal sealed class SmallKv
{
    private readonly int _capacity, _prefix;
    private Tensor _store;      // [2, P, K, C, d]
    private int _group, _read;  // G; generated tokens of each row

    internal SmallKv(LayerKv prefix, int group, int capacity)
    {
        (long P, long K, long L, long d) = prefix.PrefixKeys!.shape switch { var s => (s[0], s[1], s[2], s[3]) };
        (_group, _capacity, _prefix) = (group, capacity, (int)L);
        _store = empty([2, P, K, L + capacity * group, d]).MoveToOuterDisposeScope();
        _store[0].narrow(2, 0, L).copy_(prefix.PrefixKeys);
        _store[1].narrow(2, 0, L).copy_(prefix.PrefixValues!);
    }

    /// <summary>P</summary>
    internal long Prompts => _store.shape[1];

    /// <summary>Columns in use once the next token is added.</summary>
    internal int Next => _prefix + (_read + 1) * _group;

    /// <summary>Adds one token's keys and values of each row.</summary>
    /// <param name="both">[P, G, 2K, d] keys, then values.</param>
    /// <returns>[P K, n, d] keys and values so far.</returns>
    internal (Tensor Keys, Tensor Values) Append(Tensor both)
    {
        (long P, long K, long d) = (Prompts, _store.shape[2], _store.shape[4]);
        _store.narrow(3, _prefix + _read * _group, _group)
            .copy_(both.view(P, _group, 2, K, d).permute(2, 0, 3, 1, 4));
        int columns = Next;
        _read++;
        Tensor used = _store.view(2, P * K, -1, d).narrow(2, 0, columns);
        return (used[0], used[1]);
    }

    /// <inheritdoc cref="KvCache.Keep"/>
    internal void Keep(Tensor prompts, Tensor rows, int group)
    {
        (long P, long K, long d) = (Prompts, _store.shape[2], _store.shape[4]);
        Tensor prefix = _store.narrow(3, 0, _prefix).index_select(1, prompts);
        Tensor generated = _store.narrow(3, _prefix, _read * _group).reshape(2, P, K, _read, _group, d)
            .permute(0, 1, 4, 2, 3, 5).reshape(2, P * _group, K, _read, d).index_select(1, rows)
            .view(2, prompts.shape[0], group, K, _read, d).permute(0, 1, 3, 4, 2, 5)
            .reshape(2, prompts.shape[0], K, _read * group, d);
        Tensor room = empty([2, prompts.shape[0], K, (_capacity - _read) * group, d]);
        Tensor kept = cat([prefix, generated, room], 3).MoveToOuterDisposeScope();
        _store.Dispose();
        (_store, _group) = (kept, group);
    }
}

/// <summary>Hides from each row of a group the generated tokens of the others, and the padding of prompts.</summary>
/// <param name="Bias">[1 or P K, G g, C] 0 or very negative.</param>
internal sealed record GroupMask(Tensor Bias)
{
    internal static GroupMask Of(KvCache cache, int group, AttentionConfig config)
    {
        (int g, long L) = (config.Heads / config.KvHeads, cache[0].PrefixKeys!.shape[2]);
        Tensor generated = tensor(Others(group, cache.Capacity, g)).view(1, group * g, -1);
        Tensor prefix = cache.PrefixBias is { } padding
            ? padding.view(-1, 1, L).repeat_interleave(config.KvHeads, 0).expand(-1, group * g, L)
            : zeros([1, group * g, L]);
        return new GroupMask(
            cat([prefix, generated.expand(prefix.shape[0], -1, -1)], -1).MoveToOuterDisposeScope());
    }

    /// <summary>The first columns.</summary>
    internal Tensor Of(int columns) => Bias.narrow(2, 0, columns);

    // [G g, capacity G]: row (m, j) sees column (t, m') where m = m'.
    private static float[] Others(int group, int capacity, int g)
    {
        var bias = new float[group * g * capacity * group];
        Array.Fill(bias, Masks.Hidden);
        for (int row = 0; row < group * g; row++)
            for (int t = 0; t < capacity; t++)
                bias[(row * capacity + t) * group + row / g] = 0;
        return bias;
    }
}
