using Vlm.Engine;

namespace Vlm.Layers;

/// <summary>One decoder layer of <see cref="FusedSingleTokenDecoder"/>: what <see cref="DecoderLayer"/> computes, for one token a row.</summary>
internal sealed unsafe class FusedDecoderLayer(DecoderLayer layer, FusedSizes sizes)
{
    private readonly FusedRmsNorm _attentionNorm = new(layer.AttentionNorm), _feedForwardNorm = new(layer.FeedForwardNorm);
    private readonly FusedRmsNorm? _queryNorm = FusedRmsNorm.Of(layer.Attention.QueryNorm), _keyNorm = FusedRmsNorm.Of(layer.Attention.KeyNorm);
    private readonly FusedLinear _query = new(layer.Attention.Query), _key = new(layer.Attention.Key),
        _value = new(layer.Attention.Value), _output = new(layer.Attention.Out), _gate = new(layer.FeedForward.GateProjection),
        _up = new(layer.FeedForward.UpProjection), _down = new(layer.FeedForward.DownProjection);

    /// <summary>This member's share of the layer; all are through when it returns.</summary>
    internal void Run(Team.Member member, FusedWorkspace step, FusedKvCache kv)
    {
        float* rows = Normed(step, member, _attentionNorm);
        ReadHeads(member, step, kv, rows);
        member.Meet();
        Attend(member, step, kv);
        member.Meet();
        (int from, int to) = member.Share(sizes.HiddenSize, 4);
        _output.Add(step.Attended, step.Rows, from, to, step.Hidden);
        member.Meet();
        Feed(member, step, Normed(step, member, _feedForwardNorm));
        member.Meet();
        _down.Add(step.Inner, step.Rows, from, to, step.Hidden);
        member.Meet();
    }

    // Every member for itself: it is less work than a meeting.
    private float* Normed(FusedWorkspace step, Team.Member member, FusedRmsNorm norm)
    {
        float* rows = step.Own(member.Number);
        for (int row = 0; row < step.Rows; row++)
            norm.Put(step.Hidden + row * sizes.HiddenSize, rows + row * sizes.HiddenSize, sizes.HiddenSize);
        return rows;
    }

    // Queries, keys and values of this member's heads, turned to their positions; keys and values go into the cache.
    private void ReadHeads(Team.Member member, FusedWorkspace step, FusedKvCache kv, float* rows)
    {
        (int H, int K, int d) = (sizes.Attention.Heads, sizes.Attention.KvHeads, sizes.HeadDim);
        (int from, int to) = member.Share(H + 2 * K);
        for (int head = from; head < to; head++)
            if (head < H)
            {
                float* at = step.Queries + head * d;
                _query.Put(rows, step.Rows, head * d, d, at, sizes.Queries);
                Turn(step, at, sizes.Queries, _queryNorm, (float)(1 / Math.Sqrt(d)));
            }
            else if (head < H + K)
            {
                float* at = (float*)kv.Own(0, head - H).Keys + (kv.Length - 1) * d;
                _key.Put(rows, step.Rows, (head - H) * d, d, at, kv.RowStride);
                Turn(step, at, kv.RowStride, _keyNorm, 1);
            }
            else
                ReadValues(step, kv, rows, head - H - K, step.Own(member.Number) + step.Rows * sizes.HiddenSize);
    }

    private void ReadValues(FusedWorkspace step, FusedKvCache kv, float* rows, int head, float* read)
    {
        int d = sizes.HeadDim;
        _value.Put(rows, step.Rows, head * d, d, read, d);
        for (int row = 0; row < step.Rows; row++)
        {
            float* values = (float*)kv.Own(row, head).Values + kv.Length - 1;
            for (int i = 0; i < d; i++)
                values[i * kv.ValueStrides.Own] = read[row * d + i];
        }
    }

    private void Turn(FusedWorkspace step, float* heads, int stride, FusedRmsNorm? norm, float scale)
    {
        int d = sizes.HeadDim;
        for (int row = 0; row < step.Rows; row++)
        {
            float* head = heads + (long)row * stride;
            norm?.Put(head, head, d);
            Loops.Rotate(head, step.Cos + row * d, step.Sin + row * d, d, scale);
        }
    }

    // A piece of work: some rows of a prompt and the query heads of one key head.
    private void Attend(Team.Member member, FusedWorkspace step, FusedKvCache kv)
    {
        int chunks = (kv.Group + FusedSizes.Chunk - 1) / FusedSizes.Chunk, K = sizes.Attention.KvHeads;
        (int from, int to) = member.Share(kv.Prompts * K * chunks);
        float* own = step.Own(member.Number) + step.Rows * (sizes.HiddenSize + sizes.IntermediateSize);
        for (int piece = from; piece < to; piece++)
        {
            (int prompt, int head, int first) = (piece / chunks / K, piece / chunks % K, piece % chunks * FusedSizes.Chunk);
            Attend(step, kv, prompt, head, first, Math.Min(FusedSizes.Chunk, kv.Group - first), own);
        }
    }

    private void Attend(FusedWorkspace step, FusedKvCache kv, int prompt, int head, int first, int count, float* own)
    {
        (int d, int g) = (sizes.HeadDim, sizes.Sharing);
        (nint keys, nint values, int visible) = kv.Prefix(prompt, head);
        int row = prompt * kv.Group + first, columns = visible + kv.Length;
        float* queries = own, mixed = own + FusedSizes.Chunk * g * d, scores = mixed + FusedSizes.Chunk * g * d;
        for (int r = 0; r < count; r++)
            Copy(step.Queries + (row + r) * sizes.Queries + head * g * d, queries + r * g * d, g * d);

        FewRows.Multiply(queries, d, count * g, d, (float*)keys, d, visible, scores, columns);
        for (int r = 0; r < count; r++)
            FewRows.Multiply(queries + r * g * d, d, g, d, (float*)kv.Own(row + r, head).Keys, d, kv.Length,
                scores + r * g * columns + visible, columns);
        for (int i = 0; i < count * g; i++)
            Loops.Softmax(scores + i * columns, columns);

        FewRows.Multiply(scores, columns, count * g, visible, (float*)values, kv.ValueStrides.Prefix, d, mixed, d);
        for (int r = 0; r < count; r++)
        {
            float* at = mixed + r * g * d;
            FewRows.Multiply(scores + r * g * columns + visible, columns, g, kv.Length, (float*)kv.Own(row + r, head).Values,
                kv.ValueStrides.Own, d, at, d, at, d);
            Copy(at, step.Attended + (row + r) * sizes.Queries + head * g * d, g * d);
        }
    }

    private void Feed(Team.Member member, FusedWorkspace step, float* rows)
    {
        (int from, int to) = member.Share(sizes.IntermediateSize, 4);
        float* raised = step.Own(member.Number) + step.Rows * sizes.HiddenSize;
        _gate.Put(rows, step.Rows, from, to - from, step.Inner + from, sizes.IntermediateSize);
        _up.Put(rows, step.Rows, from, to - from, raised, to - from);
        for (int row = 0; row < step.Rows; row++)
            Loops.Gated(step.Inner + row * sizes.IntermediateSize + from, raised + row * (to - from), to - from);
    }

    private static void Copy(float* from, float* to, int count) =>
        new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}

/// <summary>A linear layer's weights in place, with an adapter merged into a copy of them where there is one.</summary>
internal sealed unsafe class FusedLinear(LoraLinear layer)
{
    private readonly TensorPointer _weights =
        layer.HasAdapter ? TensorPointer.Kept(layer.Effective) : new TensorPointer(layer.Weight);
    private readonly TensorPointer? _bias = layer.Bias is { } bias ? new TensorPointer(bias) : null;
    private readonly int _inputs = (int)layer.Weight.size(1), _outputs = (int)layer.Weight.size(0);

    /// <summary>Some outputs of the layer for each row.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="rows">How many.</param>
    /// <param name="from">The first output.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="y">[rows, count], rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    internal void Put(float* x, int rows, int from, int count, float* y, nint stride) => FewRows.Multiply(
        x, _inputs, rows, _inputs, _weights.First + (long)from * _inputs, _inputs, count, y, stride,
        _bias is null ? null : _bias.First + from);

    /// <summary>Adds outputs <paramref name="from"/> to <paramref name="to"/> to the same numbers of [rows, outputs].</summary>
    internal void Add(float* x, int rows, int from, int to, float* sums) => FewRows.Multiply(
        x, _inputs, rows, _inputs, _weights.First + (long)from * _inputs, _inputs, to - from, sums + from, _outputs, sums + from, _outputs);
}

/// <summary>A norm's weights in place.</summary>
internal sealed unsafe class FusedRmsNorm(RmsNorm norm)
{
    private readonly TensorPointer _weight = new(norm.Weight);
    private readonly double _epsilon = norm.Epsilon;

    internal static FusedRmsNorm? Of(RmsNorm? norm) => norm is null ? null : new FusedRmsNorm(norm);

    /// <summary>y = norm(x), over a row.</summary>
    internal void Put(float* x, float* y, int count) => Loops.RootNorm(x, _weight.First, y, count, _epsilon);
}
