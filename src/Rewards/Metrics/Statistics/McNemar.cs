namespace Vlm.Rewards;

/// <summary>McNemar's test: are two systems right equally often on the same questions?</summary>
/// <param name="OnlyFirst">Questions that only the first answered right.</param>
/// <param name="OnlySecond">Questions that only the second answered right.</param>
/// <param name="PValue">
/// How likely a difference as large as this, in either direction, would be if both were equally good; 1 where nothing differs.
/// </param>
/// <remarks>
/// McNemar 1947, https://doi.org/10.1007/BF02295996. The exact two-sided binomial test, for any number of pairs, rather than the
/// approximation by chi squared, which is wrong for few.
/// </remarks>
public sealed record McNemar(int OnlyFirst, int OnlySecond, double PValue)
{
    /// <summary>The test of two lists of answers.</summary>
    /// <param name="first">Whether the first system was right, question by question.</param>
    /// <param name="second">The second system on the same questions, in the same order.</param>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public static McNemar Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count)
            throw new ArgumentException($"{first.Count} and {second.Count} answers are no pairs", nameof(second));
        return Of(first.Zip(second).Count(pair => pair is (true, false)), first.Zip(second).Count(pair => pair is (false, true)));
    }

    /// <summary>The test of the two counts that differ.</summary>
    /// <param name="onlyFirst">Questions that only the first answered right.</param>
    /// <param name="onlySecond">Questions that only the second answered right.</param>
    public static McNemar Of(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        return new(onlyFirst, onlySecond, Math.Min(1, 2 * Tail(onlyFirst + onlySecond, Math.Min(onlyFirst, onlySecond))));
    }

    // P(heads <= most) of so many throws of a fair coin. In logarithms: 2^-n is 0 for 1100 throws.
    private static double Tail(int throws, int most)
    {
        double log = -throws * Math.Log(2), sum = Math.Exp(log);
        for (int heads = 1; heads <= most; heads++)
        {
            log += Math.Log(throws - heads + 1) - Math.Log(heads);
            sum += Math.Exp(log);
        }

        return sum;
    }
}
