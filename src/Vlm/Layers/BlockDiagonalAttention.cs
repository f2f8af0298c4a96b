using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Rows that attend to each other and to no others: an image, or a window of it.</summary>
/// <remarks>
/// BlockDiagonalAttention of one length are one batch of matrix products. Rows are gathered only where segments are not neighbours of one
/// length in their order already.
/// </remarks>
public sealed class BlockDiagonalAttention
{
    private readonly (Tensor? Rows, long Count, long Length)[] _batches;
    private readonly Tensor? _back;     // where each row's result is in the batches' results, one after the other

    /// <param name="rowsOf">The row numbers of each segment; every row is in just one.</param>
    /// <param name="device">Where the rows are.</param>
    public BlockDiagonalAttention(IReadOnlyList<long[]> rowsOf, Device device)
    {
        long[][] segments = [.. rowsOf.Where(rows => rows.Length > 0).OrderBy(rows => rows.Length)];     // stable
        long[] order = [.. segments.SelectMany(rows => rows)];
        bool inOrder = order.Index().All(item => item.Index == item.Item) && segments[0].Length == segments[^1].Length;
        _batches = [.. segments.GroupBy(rows => rows.Length).Select(batch => (
            inOrder ? null : tensor(batch.SelectMany(rows => rows).ToArray()).On(device),
            (long)batch.Count(), (long)batch.Key))];
        if (inOrder)
            return;

        var back = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
            back[order[i]] = i;
        _back = tensor(back).On(device);
    }

    /// <summary>softmax(q k^T / sqrt(d)) v within each segment, all heads.</summary>
    /// <param name="q">[n, heads, d]</param>
    /// <param name="k">[n, heads, d]</param>
    /// <param name="v">[n, heads, d]</param>
    /// <returns>[n, heads * d]</returns>
    public Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        Tensor[] mixed = [.. _batches.Select(batch => Rows(
            Batch(q, batch.Rows, batch.Count), Batch(k, batch.Rows, batch.Count), Batch(v, batch.Rows, batch.Count)))];
        Tensor rows = mixed.Length == 1 ? mixed[0] : cat(mixed, 0);
        return _back is null ? rows : rows.index_select(0, _back);
    }

    // [n, heads, d] -> [segments, heads, length, d]
    private static Tensor Batch(Tensor x, Tensor? rows, long count)
    {
        Tensor chosen = rows is null ? x : x.index_select(0, rows);
        return chosen.view(count, -1, x.shape[1], x.shape[2]).transpose(1, 2);
    }

    // [segments, heads, length, d] -> [segments * length, heads * d]
    private static Tensor Rows(Tensor q, Tensor k, Tensor v) =>
        FullAttention.Mix(q, k, v).transpose(1, 2).flatten(0, 1).flatten(1);
}
