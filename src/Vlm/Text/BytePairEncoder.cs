using System.Collections.Concurrent;
using System.Text;

namespace Vlm.Text;

/// <summary>
/// Byte-pair encoding of one piece of text: from its bytes, the adjacent pair of lowest rank is merged until none is
/// left, the leftmost first (Sennrich et al. 2016, arXiv:1508.07909). Safe to use from several threads.
/// </summary>
internal sealed class BytePairEncoder
{
    // Words repeat; the bound keeps a hostile stream of new words from growing the cache for ever.
    internal const int MostCached = 1 << 15;
    private const int LongestCached = 64;

    private readonly Dictionary<long, Merge> _merges;
    private readonly Dictionary<string, int>? _whole;
    private readonly int[] _byteIds;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cachedCount;

    /// <param name="vocabulary">Tokens in byte letters, with their ids.</param>
    /// <param name="merges">Pairs of tokens, best first.</param>
    /// <param name="ignoreMerges">A piece that is a token as a whole is taken without merging.</param>
    /// <param name="unknown">The id of bytes the vocabulary lacks; null drops them.</param>
    /// <exception cref="KeyNotFoundException">A merge names a token that is not in the vocabulary.</exception>
    public BytePairEncoder(
        Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, bool ignoreMerges,
        int? unknown)
    {
        _whole = ignoreMerges ? vocabulary : null;
        _byteIds = [.. Enumerable.Range(0, 256).Select(value =>
            vocabulary.TryGetValue(ByteAlphabet.LetterOf((byte)value).ToString(), out int id) ? id : unknown ?? -1)];
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();

        _merges = new Dictionary<long, Merge>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges.TryAdd(Key(vocabulary[left], vocabulary[right]), new Merge(rank, vocabulary[left + right]));
        }
    }

    private readonly record struct Merge(int Rank, int Id);

    private readonly record struct Candidate(int At, int Left, int Right, int Id);

    /// <summary>Pieces remembered so far.</summary>
    internal int CachedCount => Volatile.Read(ref _cachedCount);

    /// <summary>Appends the ids of a piece.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> into)
    {
        if (piece.Length > LongestCached)
        {
            into.AddRange(EncodeFresh(piece));
            return;
        }

        if (!_cached.TryGetValue(piece, out int[]? ids))
        {
            ids = EncodeFresh(piece);
            if (CachedCount < MostCached && _cached.TryAdd(piece, ids))
                Interlocked.Increment(ref _cachedCount);
        }

        into.AddRange(ids);
    }

    private int[] EncodeFresh(ReadOnlySpan<char> piece)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(piece.Length)];
        int count = Encoding.UTF8.GetBytes(piece, bytes);
        if (_whole is not null && _whole.TryGetValue(Letters(bytes.AsSpan(0, count)), out int whole))
            return [whole];

        var ids = new int[count];
        int known = 0;
        foreach (byte value in bytes.AsSpan(0, count))
            if (_byteIds[value] >= 0)
                ids[known++] = _byteIds[value];
        return MergeAll(ids.AsSpan(0, known));
    }

    private static string Letters(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, (letters, source) =>
        {
            for (int i = 0; i < letters.Length; i++)
                letters[i] = ByteAlphabet.LetterOf(source[i]);
        });

    // Tokens form a linked list over the positions of their first bytes; a merged-away position holds -1. The queue
    // keeps stale candidates, which are recognised by their tokens being gone: n log n even for one endless word.
    private int[] MergeAll(Span<int> ids)
    {
        var next = new int[ids.Length];
        var previous = new int[ids.Length];
        var queue = new PriorityQueue<Candidate, long>(ids.Length);
        for (int i = 0; i < ids.Length; i++)
            (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < ids.Length; i++)
            Offer(queue, ids, i, i + 1);

        while (queue.TryDequeue(out Candidate best, out _))
        {
            int right = next[best.At];
            if (ids[best.At] != best.Left || right >= ids.Length || ids[right] != best.Right)
                continue;

            (ids[best.At], ids[right]) = (best.Id, -1);
            next[best.At] = next[right];
            if (next[right] < ids.Length)
                previous[next[right]] = best.At;
            Offer(queue, ids, best.At, next[best.At]);
            Offer(queue, ids, previous[best.At], best.At);
        }

        return Alive(ids);
    }

    private void Offer(PriorityQueue<Candidate, long> queue, ReadOnlySpan<int> ids, int left, int right)
    {
        if (left >= 0 && right < ids.Length && _merges.TryGetValue(Key(ids[left], ids[right]), out Merge merge))
            queue.Enqueue(new Candidate(left, ids[left], ids[right], merge.Id), ((long)merge.Rank << 32) | (uint)left);
    }

    private static int[] Alive(ReadOnlySpan<int> ids)
    {
        var alive = new List<int>(ids.Length);
        foreach (int id in ids)
            if (id >= 0)
                alive.Add(id);
        return [.. alive];
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
