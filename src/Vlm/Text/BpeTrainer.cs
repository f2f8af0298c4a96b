using System.Runtime.InteropServices;
using System.Text;

namespace Vlm.Text;

/// <summary>The merges that byte-pair encoding learned, best first, in byte letters.</summary>
/// <param name="Merges">Pairs of tokens; each names tokens that are single letters or earlier results.</param>
public sealed record LearnedMerges(IReadOnlyList<(string Left, string Right)> Merges);

/// <summary>
/// Learns byte-pair merges from text: the most frequent adjacent pair becomes a token, again and again (Sennrich et al.
/// 2016, arXiv:1508.07909, algorithm 1), over bytes and within the words of SmolLM2's pre-tokenizer: every number
/// alone, then GPT-2's words. The same texts give the same merges: of equally frequent pairs the earlier tokens win.
/// </summary>
public sealed class BpeTrainer
{
    /// <summary>Pairs seen fewer times than this are not worth a token.</summary>
    private const int FewestSeen = 2;

    private readonly List<string> _tokens;
    private readonly string _endOfWord;
    private readonly Dictionary<string, int> _ids;
    private readonly List<Word> _words;
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<((int Left, int Right) Key, long Count), (long, int, int)> _queue = new();

    private BpeTrainer(IEnumerable<string> texts, PreTokenizer pieces, string endOfWord)
    {
        _endOfWord = endOfWord;
        _tokens = [.. Alphabet(endOfWord)];
        _ids = _tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        _words = Words(texts, pieces);
        for (int w = 0; w < _words.Count; w++)
            Count(w, sign: 1);
        foreach (var (key, pair) in _pairs)
            Offer(key, pair.Count);
    }

    private sealed record Word(long Count)
    {
        public required List<int> Tokens { get; init; }
    }

    private sealed class Pair
    {
        public long Count;
        public readonly HashSet<int> Words = [];
    }

    /// <summary>
    /// Learns <paramref name="tokens"/> tokens beside the 256 bytes; fewer when no pair occurs twice any more.
    /// </summary>
    public static LearnedMerges Learn(IEnumerable<string> texts, int tokens) => Learn(texts, tokens, PreTokenizer.SmolLm2, "");

    /// <summary>The letters that are tokens before any merge: those of bytes, and of bytes that end a word where that has a mark.</summary>
    internal static IEnumerable<string> Alphabet(string endOfWord) =>
        ByteAlphabet.Ordered.Select(letter => letter.ToString())
            .Concat(endOfWord.Length == 0 ? [] : ByteAlphabet.Ordered.Select(letter => letter + endOfWord));

    /// <summary>The same within other words.</summary>
    /// <param name="texts">What to learn from, normalised.</param>
    /// <param name="tokens">Beside the alphabet.</param>
    /// <param name="pieces">How texts are cut into words.</param>
    /// <param name="endOfWord">The mark behind the last byte of a word; empty for none.</param>
    internal static LearnedMerges Learn(IEnumerable<string> texts, int tokens, PreTokenizer pieces, string endOfWord)
    {
        var trainer = new BpeTrainer(texts, pieces, endOfWord);
        var learned = new List<(string, string)>(tokens);
        int most = trainer._tokens.Count + tokens;
        while (trainer._tokens.Count < most && trainer.Best() is { } best)
        {
            learned.Add((trainer._tokens[best.Left], trainer._tokens[best.Right]));
            trainer.Merge(best);
        }

        return new LearnedMerges(learned);
    }

    private List<Word> Words(IEnumerable<string> texts, PreTokenizer pieces)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
            foreach (Piece piece in pieces.Split(text))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, piece.Of(text).ToString(), out _)++;

        return [.. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new Word(entry.Value)
        {
            Tokens = Letters(entry.Key),
        })];
    }

    private List<int> Letters(string word)
    {
        string[] letters = [.. Encoding.UTF8.GetBytes(word).Select(value => ByteAlphabet.LetterOf(value).ToString())];
        letters[^1] += _endOfWord;
        return [.. letters.Select(letter => _ids[letter])];
    }

    // Two pairs that overlap, as in "aaa", both count; algorithm 1 does the same.
    private void Count(int word, int sign)
    {
        List<int> tokens = _words[word].Tokens;
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            var key = (tokens[i], tokens[i + 1]);
            Pair pair = CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _) ??= new Pair();
            pair.Count += sign * _words[word].Count;
            if (sign > 0)
                pair.Words.Add(word);
        }
    }

    private void Offer((int Left, int Right) key, long count)
    {
        if (count >= FewestSeen)
            _queue.Enqueue((key, count), (-count, key.Left, key.Right));
    }

    // The queue keeps outdated counts; one is real only if the pair still has it.
    private (int Left, int Right)? Best()
    {
        while (_queue.TryDequeue(out var top, out _))
            if (_pairs.TryGetValue(top.Key, out Pair? pair) && pair.Count == top.Count)
                return top.Key;
        return null;
    }

    private void Merge((int Left, int Right) best)
    {
        int merged = IdOf(_tokens[best.Left] + _tokens[best.Right]);
        var touched = new HashSet<(int, int)>();
        foreach (int word in _pairs[best].Words.ToArray())
        {
            Count(word, sign: -1);
            Touch(word, touched);
            Replace(_words[word].Tokens, best, merged);
            Count(word, sign: 1);
            Touch(word, touched);
        }

        _pairs.Remove(best);
        foreach (var key in touched)
            if (_pairs.TryGetValue(key, out Pair? pair))
                Offer(key, pair.Count);
    }

    // "ab" + "c" and "a" + "bc" are one token with two merges.
    private int IdOf(string token)
    {
        if (!_ids.TryGetValue(token, out int id))
        {
            id = _tokens.Count;
            _tokens.Add(token);
            _ids.Add(token, id);
        }

        return id;
    }

    private void Touch(int word, HashSet<(int, int)> touched)
    {
        List<int> tokens = _words[word].Tokens;
        for (int i = 0; i + 1 < tokens.Count; i++)
            touched.Add((tokens[i], tokens[i + 1]));
    }

    private static void Replace(List<int> tokens, (int Left, int Right) pair, int merged)
    {
        int to = 0;
        for (int from = 0; from < tokens.Count; from++, to++)
        {
            bool match = from + 1 < tokens.Count && tokens[from] == pair.Left && tokens[from + 1] == pair.Right;
            tokens[to] = match ? merged : tokens[from];
            if (match)
                from++;
        }

        tokens.RemoveRange(to, tokens.Count - to);
    }
}
