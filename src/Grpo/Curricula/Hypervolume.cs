namespace Vlm.Grpo;

/// <summary>The volume of what points dominate above a reference: how good a set of trade-offs between objectives is. Pure.</summary>
/// <remarks>
/// By slicing, Fonseca et al. 2006, https://doi.org/10.1109/CEC.2006.1688440. All objectives are maximised. A point that is no
/// better than the reference in some objective dominates nothing; the released code of Lu et al. 2025 (arXiv:2509.11452) counts
/// such a point as a negative slab.
/// </remarks>
public static class Hypervolume
{
    /// <summary>The volume.</summary>
    /// <param name="points">Each a value of every objective.</param>
    /// <param name="reference">The value of every objective that counts for nothing; at least one.</param>
    /// <exception cref="ArgumentException">A point has another number of objectives, or a value that is not finite.</exception>
    public static double Of(IReadOnlyList<double[]> points, double[] reference)
    {
        if (reference.Length == 0 || points.Append(reference).Any(point => point.Length != reference.Length || !point.All(double.IsFinite)))
            throw new ArgumentException("points and reference need one finite number for each objective", nameof(points));
        return Slices([.. points.Where(point => point.Zip(reference).All(pair => pair.First > pair.Second))], reference);
    }

    // Along the first objective, from slice to slice: what those that reach the slice dominate in the others.
    private static double Slices(double[][] points, double[] reference)
    {
        if (points.Length == 0)
            return 0;
        if (reference.Length == 1)
            return points.Max(point => point[0]) - reference[0];
        double[][] sorted = [.. points.OrderBy(point => point[0])];
        (double volume, double from) = (0, reference[0]);
        for (int i = 0; i < sorted.Length; i++)
        {
            double width = sorted[i][0] - from;
            if (width > 0)
                volume += width * Slices([.. sorted.Skip(i).Select(point => point[1..])], reference[1..]);
            from = sorted[i][0];
        }

        return volume;
    }
}
