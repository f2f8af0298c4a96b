namespace Vlm.Rewards;

/// <summary>How much of a sequence repeats itself.</summary>
/// <remarks>
/// <c>1 - different n-grams / all n-grams</c>: Yeo et al. 2025, arXiv:2502.03373, appendix C.2. A sequence of fewer than n parts has
/// none, and repeats nothing.
/// </remarks>
public static class NGrams
{
    /// <summary>The share of n-grams that occurred before, 0 to below 1.</summary>
    /// <param name="parts">Tokens, or numbers of words.</param>
    /// <param name="n">How many make an n-gram, at least 1.</param>
    public static double Repeated(IReadOnlyList<int> parts, int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        int count = parts.Count - n + 1;
        if (count <= 0)
            return 0;
        var seen = new HashSet<int>(count, new At(parts as int[] ?? [.. parts], n));
        for (int start = 0; start < count; start++)
            seen.Add(start);
        return 1 - ((double)seen.Count / count);
    }

    /// <summary>Words as numbers, the same for the same word: in lower case, parted by white space.</summary>
    /// <param name="text">Any text.</param>
    public static int[] Words(string text)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        string[] words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. words.Select(word => numbers.TryGetValue(word, out int known) ? known : numbers[word] = numbers.Count)];
    }

    // N-grams by where they start.
    private sealed class At(int[] parts, int n) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => parts.AsSpan(x, n).SequenceEqual(parts.AsSpan(y, n));

        public int GetHashCode(int start)
        {
            var hash = default(HashCode);
            foreach (int part in parts.AsSpan(start, n))
                hash.Add(part);
            return hash.ToHashCode();
        }
    }
}
