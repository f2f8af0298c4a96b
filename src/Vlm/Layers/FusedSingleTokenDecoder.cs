using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Single tokens through decoder layers on the processor: the same function of the same weights as the layers' own.</summary>
/// <remarks>
/// Generation spends its time on one token of each row after the other. As operators on tensors that is a thousand calls a
/// token, each with its own result, and products that read the weights several times slower than memory gives them. Here it is
/// a few loops over memory that stays: weights are read once, as they lie (<see cref="FewRows"/>), by threads that meet five
/// times a layer (<see cref="Team"/>). Made anew for each sampling call, because weights move between them.
/// </remarks>
internal sealed unsafe class FusedSingleTokenDecoder
{
    // More rows are enough for a library's products.
    private const int MaxRows = 64;

    private readonly FusedDecoderLayer[] _layers;
    private readonly FusedKvCache[] _caches;
    private readonly FusedSizes _sizes;
    private readonly FusedRmsNorm _norm;
    private readonly KvCache _cache;
    private readonly int _threads = get_num_threads();
    private Tensor _scratch;

    private FusedSingleTokenDecoder(IReadOnlyList<DecoderLayer> layers, RmsNorm norm, KvCache cache, int group)
    {
        _norm = new FusedRmsNorm(norm);
        _cache = cache;
        _sizes = new FusedSizes(layers[0].Attention.Config, (int)layers[0].FeedForward.IntermediateSize);
        _layers = [.. layers.Select(layer => new FusedDecoderLayer(layer, _sizes))];
        int[]? padding = Padding(cache);
        _caches = [.. layers.Select((_, i) => new FusedKvCache(cache[i], padding, group, cache.Capacity))];
        _scratch = Room();
    }

    /// <summary>Null where weights are not float32 on the processor, or rows are many.</summary>
    internal static FusedSingleTokenDecoder? Of(IReadOnlyList<DecoderLayer> layers, RmsNorm norm, KvCache cache, int group)
    {
        bool here = norm.Weight.dtype == ScalarType.Float32 && norm.Weight.device_type == TorchSharp.DeviceType.CPU;
        return here && cache[0].PrefixKeys!.size(0) * group <= MaxRows ? new FusedSingleTokenDecoder(layers, norm, cache, group) : null;
    }

    /// <summary>Reads one token of each row after what the cache holds.</summary>
    /// <param name="x">[N, 1, D] embeddings.</param>
    /// <param name="rope">Rotation for the tokens, [N, 1].</param>
    /// <returns>[N, 1, D] after the final norm.</returns>
    internal Tensor Forward(Tensor x, Rope rope)
    {
        Tensor hidden = x.clone();
        _cache.Tapped = _cache.Tap is null ? null : empty_like(hidden);
        var step = new FusedWorkspace(hidden, _cache.Tapped, rope, _scratch, _sizes, _caches[0]);
        foreach (FusedKvCache cache in _caches)
            cache.Begin();
        Team.Run(_threads, member => Run(member, step));
        GC.KeepAlive(rope);
        return hidden;
    }

    /// <inheritdoc cref="KvCache.Keep"/>
    internal void Keep(Tensor prompts, Tensor rows, int group)
    {
        foreach (FusedKvCache cache in _caches)
            cache.Keep(prompts, rows, group);
        _scratch.Dispose();
        _scratch = Room();
    }

    private void Run(Team.Member member, FusedWorkspace step)
    {
        (int from, int to) = member.Share(step.Rows);
        for (int i = 0; i < _layers.Length; i++)
        {
            if (i == _cache.Tap)
                step.Keep(from, to, _sizes.HiddenSize);      // no layer writes before all members have met
            _layers[i].Run(member, step, _caches[i]);
        }
        for (int row = from; row < to; row++)
            _norm.Put(step.Hidden + row * _sizes.HiddenSize, step.Hidden + row * _sizes.HiddenSize, _sizes.HiddenSize);
    }

    private Tensor Room() =>
        empty(_sizes.Shared(_caches[0]) + _threads * _sizes.Own(_caches[0])).MoveToOuterDisposeScope();

    // Columns of padding before each prompt.
    private static int[]? Padding(KvCache cache) => cache.PrefixBias is not { } bias ? null
        : [.. bias.lt(0).view(bias.size(0), -1).sum(-1).data<long>().ToArray().Select(count => (int)count)];
}

/// <summary>Sizes of a layer, and of the memory that a token's way through it takes.</summary>
internal sealed record FusedSizes(AttentionConfig Attention, int IntermediateSize)
{
    /// <summary>Rows of a group that meet their prompt's keys together.</summary>
    internal const int Chunk = 4;

    internal int HiddenSize => Attention.HiddenSize;

    internal int HeadDim => Attention.HeadDim;

    internal int Queries => Attention.Heads * Attention.HeadDim;

    /// <summary>Query heads that share a key.</summary>
    internal int Sharing => Attention.Heads / Attention.KvHeads;

    /// <summary>Numbers that all threads see: queries, what attention gives, and what is between the feed-forward products.</summary>
    internal long Shared(FusedKvCache kv) => (long)kv.Rows * (2 * Queries + IntermediateSize);

    /// <summary>Numbers of one thread: normalised rows or products, a chunk's queries and results, and its scores.</summary>
    internal long Own(FusedKvCache kv) =>
        (long)kv.Rows * (HiddenSize + IntermediateSize) + (long)Chunk * Sharing * (2 * HeadDim + kv.Columns);
}

/// <summary>Where one token's way through the layers has its numbers.</summary>
internal sealed unsafe class FusedWorkspace
{
    private readonly float* _own;
    private readonly long _ownCount;

    internal FusedWorkspace(Tensor hidden, Tensor? tapped, Rope rope, Tensor scratch, FusedSizes sizes, FusedKvCache kv)
    {
        Rows = kv.Rows;
        Hidden = TensorMemory.Floats(hidden);
        Tapped = tapped is null ? null : TensorMemory.Floats(tapped);
        Cos = TensorMemory.Floats(rope.Cos);
        Sin = TensorMemory.Floats(rope.Sin);
        Queries = TensorMemory.Floats(scratch);
        Attended = Queries + Rows * sizes.Queries;
        Inner = Attended + Rows * sizes.Queries;
        _own = Queries + sizes.Shared(kv);
        _ownCount = sizes.Own(kv);
    }

    /// <summary>N</summary>
    internal int Rows { get; }

    /// <summary>[N, D], in and out of each layer.</summary>
    internal float* Hidden { get; }

    /// <summary>[N, D] where one layer's input is kept; null for nowhere.</summary>
    private float* Tapped { get; }

    /// <summary>Keeps some rows of what a layer is about to read.</summary>
    internal void Keep(int from, int to, int width) => new ReadOnlySpan<float>(Hidden + (long)from * width, (to - from) * width)
        .CopyTo(new Span<float>(Tapped + (long)from * width, (to - from) * width));

    /// <summary>[N, d]</summary>
    internal float* Cos { get; }

    /// <summary>[N, d], negative in the first half.</summary>
    internal float* Sin { get; }

    /// <summary>[N, H d]</summary>
    internal float* Queries { get; }

    /// <summary>[N, H d]</summary>
    internal float* Attended { get; }

    /// <summary>[N, I]</summary>
    internal float* Inner { get; }

    /// <summary>A thread's own numbers.</summary>
    internal float* Own(int member) => _own + member * _ownCount;
}
