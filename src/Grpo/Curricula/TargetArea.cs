using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Weights of prompts by how small the region is that they ask for. Pure.</summary>
/// <remarks>
/// GUI-G1, Zhou et al. 2025, arXiv:2505.15810, section 4.3: a target that covers little of its image is hard, and counts more. The
/// paper's code reads the weight from its data file and does not say how it was normalised; here the mean over the batch is 1:
/// <code>
/// w[q] = N (1 / a[q]) / sum_k (1 / a[k])        a = area of the target / area of the image
/// </code>
/// </remarks>
public static class TargetArea
{
    /// <summary>The weights of the prompts of a step, mean 1.</summary>
    /// <param name="areas">Relative areas, above 0 and at most 1; NaN for a prompt without a target, which weighs 1 and is in no
    /// mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">An area outside of its range.</exception>
    public static double[] Weights(IReadOnlyList<double> areas)
    {
        double[] known = [.. areas.Where(area => !double.IsNaN(area))];
        if (known.Any(area => area is not (> 0 and <= 1)))
            throw new ArgumentOutOfRangeException(nameof(areas), known.First(area => area is not (> 0 and <= 1)),
                "a relative area is above 0 and at most 1");
        double sum = known.Sum(area => 1 / area);
        return [.. areas.Select(area => double.IsNaN(area) ? 1 : known.Length / area / sum)];
    }

    /// <summary>The share of its image that a truth covers; NaN where it is no region, or an empty one.</summary>
    public static double Of(Truth truth) =>
        truth is Truth.Region { Box.Area: > 0 } region ? Math.Min(1, region.Box.Area / (region.Width * region.Height)) : double.NaN;
}
