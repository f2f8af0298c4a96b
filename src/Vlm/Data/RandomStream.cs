namespace Vlm;

/// <summary>
/// A stream of random numbers that depends on nothing but its key: the same (seed, purpose, coordinates) give the same
/// numbers in any process, at any batch split, after any resume.
/// </summary>
/// <remarks>xoshiro256** seeded through SplitMix64: Blackman and Vigna 2021, https://doi.org/10.1145/3460772.</remarks>
public sealed class RandomStream
{
    private ulong _a, _b, _c, _d;

    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for, such as "sample" or "shuffle".</param>
    /// <param name="coordinates">What tells this stream from its siblings: step, prompt, member of the group ...</param>
    public RandomStream(long seed, string purpose, params ReadOnlySpan<long> coordinates)
    {
        ulong key = Mix((ulong)seed);
        foreach (char letter in purpose)
            key = Mix(key ^ letter);
        key = Mix(key ^ 0xFFFF_FFFF);      // closes the word, so that ("ab", []) and ("a", ['b']) differ
        foreach (long coordinate in coordinates)
            key = Mix(key ^ (ulong)coordinate);

        (_a, _b, _c, _d) = (Mix(key + 1), Mix(key + 2), Mix(key + 3), Mix(key + 4));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = ulong.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. <paramref name="bound"/> - 1.</summary>
    public int Next(int bound)
    {
        if (bound <= 0)
            throw new ArgumentOutOfRangeException(nameof(bound), bound, "the bound must be positive");
        return (int)Math.BigMul(NextBits(), (ulong)bound, out _);
    }

    /// <summary>Uniform in <paramref name="low"/> .. <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + Next(high - low + 1);

    /// <summary>One of the items, each equally likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Puts the items in random order, in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
