using System.Collections.Immutable;

namespace Vlm.Grpo;

/// <summary>Pays more after a step that found a better trade-off between rewards. Immutable.</summary>
/// <remarks>
/// Lu et al. 2025, arXiv:2509.11452, hypervolume-guided weight adaptation, with the constants of its released code:
/// <code>
/// m = 1/2 + 3/2 tanh(max(dHV, 0))        m = 1 before the second point
/// </code>
/// The first point is the reference, and a point is kept where it adds volume. Objectives of a small scale make m stay near 1/2: they
/// should run from 0 to about 1.
/// </remarks>
/// <param name="Points">The reference, and the points that no later one dominates.</param>
/// <param name="Multiplier">m: what the next step's advantages are multiplied by.</param>
public sealed record HypervolumeWeight(ImmutableArray<double[]> Points, double Multiplier)
{
    /// <summary>No point is known.</summary>
    public static HypervolumeWeight Start { get; } = new([], 1);

    /// <summary>m of a gain of volume.</summary>
    /// <param name="gain">Of volume; below 0 counts as 0.</param>
    public static double Of(double gain) => 0.5 + (1.5 * Math.Tanh(Math.Max(gain, 0)));

    /// <summary>The same with the point of one more step.</summary>
    /// <param name="point">A value of every objective, the larger the better. Finite.</param>
    public HypervolumeWeight Add(double[] point)
    {
        if (Points.IsEmpty)
            return this with { Points = [point] };
        double[][] known = [.. Points.Skip(1)];
        double gain = Hypervolume.Of([.. known, point], Points[0]) - Hypervolume.Of(known, Points[0]);
        return gain <= 0 ? this with { Multiplier = Of(0) }
            : new([Points[0], .. known.Where(old => !Dominates(point, old)), point], Of(gain));
    }

    private static bool Dominates(double[] point, double[] other) => point.Zip(other).All(pair => pair.First >= pair.Second);
}
