namespace Vlm.Rewards;

/// <summary>How many nats one label tells about another: codes about meanings, say.</summary>
/// <remarks>
/// <code>
/// I(X; Y) = H(X) + H(Y) - H(X, Y),   H = -sum p log p over the shares that were counted
/// </code>
/// Shannon 1948. Counted shares see information where there is none: of independent labels about (X - 1)(Y - 1) / 2N nats, X and Y being
/// the numbers of different labels. <see cref="Corrected"/> takes that away: Miller 1955 adds (labels - 1) / 2N to each entropy.
/// </remarks>
/// <param name="Nats">As counted: 0 to the smaller of the two entropies.</param>
/// <param name="Corrected">The same after Miller and Madow's correction; may be below 0.</param>
/// <param name="FirstEntropy">H of the first labels in nats, as counted.</param>
/// <param name="SecondEntropy">H of the second labels in nats, as counted.</param>
/// <param name="Count">N pairs.</param>
public sealed record MutualInformation(double Nats, double Corrected, double FirstEntropy, double SecondEntropy, int Count)
{
    /// <summary>Counts pairs of labels.</summary>
    /// <param name="first">N labels.</param>
    /// <param name="second">N labels of the same things, in the same order.</param>
    /// <exception cref="ArgumentException">There are none, or they are not as many.</exception>
    public static MutualInformation Of<TFirst, TSecond>(IReadOnlyList<TFirst> first, IReadOnlyList<TSecond> second)
    {
        if (first.Count != second.Count || first.Count == 0)
            throw new ArgumentException($"{first.Count} and {second.Count} labels are no pairs", nameof(second));
        (double x, int xs) = Entropy(first);
        (double y, int ys) = Entropy(second);
        (double both, int pairs) = Entropy([.. first.Zip(second)]);
        double nats = Math.Clamp(x + y - both, 0, Math.Min(x, y));      // rounding alone leaves these bounds
        return new(nats, nats + ((xs + ys - pairs - 1) / (2.0 * first.Count)), x, y, first.Count);
    }

    private static (double Nats, int Labels) Entropy<T>(IReadOnlyList<T> labels)
    {
        int[] counts = [.. labels.GroupBy(label => label).Select(group => group.Count())];
        return (counts.Sum(count => count * Math.Log((double)labels.Count / count)) / labels.Count, counts.Length);
    }
}
