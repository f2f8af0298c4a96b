using System.Collections.Concurrent;
using System.Text;

namespace Vlm.Text;

/// <summary>The ids of a piece, and for each where its bytes end.</summary>
internal sealed record Word(int[] Ids, int[] Ends);

/// <summary>What a model of byte pairs does beside merging.</summary>
/// <param name="IgnoreMerges">A piece that is a token as a whole is taken without merging.</param>
/// <param name="Unknown">The id of bytes the vocabulary lacks; null drops them.</param>
/// <param name="FuseUnknown">Unknown bytes in a row are one token.</param>
/// <param name="EndOfWord">Stands behind the last byte of each piece, as CLIP's <c>&lt;/w&gt;</c> does; empty for nothing.</param>
internal sealed record BytePairOptions(
    bool IgnoreMerges = false, int? Unknown = null, bool FuseUnknown = false, string EndOfWord = "");

/// <summary>
/// Byte-pair encoding of one piece of text: from its bytes, the adjacent pair of lowest rank is merged until none is
/// left, the leftmost first (Sennrich et al. 2016, arXiv:1508.07909). Safe to use from several threads.
/// </summary>
internal sealed class BytePairEncoder
{
    // Words repeat; the bound keeps a hostile stream of new words from growing the cache for ever.
    internal const int MaxCached = 1 << 15;
    private const int LongestCached = 64;

    private readonly Dictionary<long, Merge> _merges;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly BytePairOptions _options;
    private readonly int[] _byteIds, _lastIds;
    private readonly ConcurrentDictionary<string, Word> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Word>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cachedCount;

    /// <param name="vocabulary">Tokens in byte letters, with their ids.</param>
    /// <param name="merges">Pairs of tokens, best first.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="FormatException">A merge names a token that is not in the vocabulary.</exception>
    public BytePairEncoder(
        Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, BytePairOptions options)
    {
        (_vocabulary, _options) = (vocabulary, options);
        _byteIds = ByteIds(vocabulary, "");
        _lastIds = ByteIds(vocabulary, options.EndOfWord);
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();

        _merges = new Dictionary<long, Merge>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges.TryAdd(Key(IdOf(left), IdOf(right)), new Merge(rank, IdOf(left + right)));
        }
    }

    private readonly record struct Merge(int Rank, int Id);

    private readonly record struct Candidate(int At, int Left, int Right, int Id);

    /// <summary>Pieces remembered so far.</summary>
    internal int CachedCount => Volatile.Read(ref _cachedCount);

    /// <summary>The ids of a piece.</summary>
    public Word Encode(ReadOnlySpan<char> piece)
    {
        if (piece.Length > LongestCached)
            return EncodeFresh(piece);
        if (_cached.TryGetValue(piece, out Word? word))
            return word;

        word = EncodeFresh(piece);
        if (CachedCount < MaxCached && _cached.TryAdd(piece, word))
            Interlocked.Increment(ref _cachedCount);
        return word;
    }

    private static int[] ByteIds(Dictionary<string, int> vocabulary, string suffix) =>
        [.. Enumerable.Range(0, 256).Select(value =>
            vocabulary.TryGetValue(ByteAlphabet.LetterOf((byte)value) + suffix, out int id) ? id : -1)];

    private int IdOf(string token) => _vocabulary.TryGetValue(token, out int id)
        ? id
        : throw new FormatException($"a merge needs the token '{token}', which is not in the vocabulary");

    private Word EncodeFresh(ReadOnlySpan<char> piece)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(piece.Length)];
        int count = Encoding.UTF8.GetBytes(piece, bytes);
        if (_options.IgnoreMerges && _vocabulary.TryGetValue(Letters(bytes.AsSpan(0, count)), out int whole))
            return new Word([whole], [count]);

        var (ids, ends) = (new int[count], new int[count]);
        int known = Start(bytes.AsSpan(0, count), ids, ends);
        return MergeAll(ids.AsSpan(0, known), ends.AsSpan(0, known));
    }

    // The tokens of single bytes, and how many there are: bytes that are none are unknown tokens, or nothing.
    private int Start(ReadOnlySpan<byte> bytes, Span<int> ids, Span<int> ends)
    {
        (int count, bool unknown) = (0, false);
        for (int i = 0; i < bytes.Length; i++)
        {
            bool fuses = unknown && _options.FuseUnknown;
            int id = (i + 1 < bytes.Length ? _byteIds : _lastIds)[bytes[i]];
            unknown = id < 0;
            if (unknown && _options.Unknown is null)
                continue;
            if (!unknown || !fuses)
                ids[count++] = unknown ? _options.Unknown!.Value : id;
            ends[count - 1] = i + 1;
        }

        return count;
    }

    private static string Letters(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, (letters, source) =>
        {
            for (int i = 0; i < letters.Length; i++)
                letters[i] = ByteAlphabet.LetterOf(source[i]);
        });

    // Tokens form a linked list over the positions of their first bytes; a merged-away position holds -1. The queue
    // keeps stale candidates, which are recognised by their tokens being gone: n log n even for one endless word.
    private Word MergeAll(Span<int> ids, Span<int> ends)
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
            ends[best.At] = ends[right];
            next[best.At] = next[right];
            if (next[right] < ids.Length)
                previous[next[right]] = best.At;
            Offer(queue, ids, best.At, next[best.At]);
            Offer(queue, ids, previous[best.At], best.At);
        }

        return Alive(ids, ends);
    }

    private void Offer(PriorityQueue<Candidate, long> queue, ReadOnlySpan<int> ids, int left, int right)
    {
        if (left >= 0 && right < ids.Length && _merges.TryGetValue(Key(ids[left], ids[right]), out Merge merge))
            queue.Enqueue(new Candidate(left, ids[left], ids[right], merge.Id), ((long)merge.Rank << 32) | (uint)left);
    }

    private static Word Alive(ReadOnlySpan<int> ids, ReadOnlySpan<int> ends)
    {
        int count = ids.Length - ids.Count(-1);
        var word = new Word(new int[count], new int[count]);
        int at = 0;
        for (int i = 0; i < ids.Length; i++)
            if (ids[i] >= 0)
                (word.Ids[at], word.Ends[at++]) = (ids[i], ends[i]);
        return word;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
