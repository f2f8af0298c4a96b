using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Rows that attend to each other and to no others: an image, or a window of it.</summary>
/// <remarks>
/// Segments of one length are one batch of matrix products. Rows are gathered only where segments are not neighbours of one
/// length in their order already.
/// </remarks>
public sealed class Segments
{
    private readonly (Tensor? Rows, long Count, long Length)[] _batches;
    private readonly Tensor? _back;     // where each row's result is in the batches' results, one after the other

    /// <param name="rowsOf">The row numbers of each segment; every row is in just one.</param>
    /// <param name="device">Where the rows are.</param>
    public Segments(IReadOnlyList<long[]> rowsOf, Device device)
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

/// <summary>Attention in which every row sees every row.</summary>
internal static class FullAttention
{
    // Scores of this many queries at once at most: those of a large image at once would take gigabytes.
    private const long MostQueries = 1024;

    /// <summary>softmax(q k^T / sqrt(d)) v, softmax in float32.</summary>
    /// <param name="q">[B, heads, n, d]</param>
    /// <param name="k">[B, heads, n, d]</param>
    /// <param name="v">[B, heads, n, d]</param>
    internal static Tensor Mix(Tensor q, Tensor k, Tensor v)
    {
        if (q.device.type == TorchSharp.DeviceType.CUDA)
            return nn.functional.scaled_dot_product_attention(q, k, v);

        (long B, long h, long n, long d) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        Tensor queries = (q * (1 / Math.Sqrt(d))).reshape(B * h, n, d);
        Tensor keys = k.reshape(B * h, n, d).transpose(1, 2);
        Tensor values = v.reshape(B * h, n, d);
        Tensor[] parts = [.. Enumerable.Range(0, (int)((n + MostQueries - 1) / MostQueries)).Select(i =>
            Scoped.Run(() => Rows(
                queries.narrow(1, i * MostQueries, Math.Min(MostQueries, n - i * MostQueries)), keys, values)))];
        return (parts.Length == 1 ? parts[0] : cat(parts, 1)).view(B, h, n, d);
    }

    private static Tensor Rows(Tensor queries, Tensor keys, Tensor values) =>
        bmm(bmm(queries, keys).softmax(-1, ScalarType.Float32).to(values.dtype), values);
}
