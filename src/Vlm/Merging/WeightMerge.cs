using TorchSharp;

namespace Vlm.Merging;

/// <summary>One weight of several models that were made from one start, interpolated. Pure.</summary>
/// <remarks>
/// <code>theta = sum_i lambda_i theta_i</code>
/// In float32, or in float64 where a weight is stored so. Model soups, Wortsman et al. 2022, arXiv:2203.05482; of policies that
/// learned from different rewards: rewarded soups, Rame et al. 2023, arXiv:2306.04488; of models of different tasks: UnIVAL,
/// Shukor et al. 2023, arXiv:2307.16184.
/// </remarks>
public static class WeightMerge
{
    /// <summary>By how much weights that sum to 1 may miss it, as typed numbers do.</summary>
    public const double Rounding = 1e-6;

    /// <summary>True where weights sum to 1, so that what all models have in common stays as it is.</summary>
    /// <param name="weights">The lambdas.</param>
    public static bool IsMean(IEnumerable<double> weights) => Math.Abs(weights.Sum() - 1) <= Rounding;

    /// <summary>The sum; what is the same in all models, number by number, is returned as it is where the weights sum to 1.</summary>
    /// <param name="values">The same weight of each model: one shape, on one device, of any type of numbers.</param>
    /// <param name="weights">A lambda for each.</param>
    /// <returns>float32 or float64, or one of the values itself.</returns>
    public static torch.Tensor Of(IReadOnlyList<torch.Tensor> values, IReadOnlyList<double> weights)
    {
        if (values.Count == 0 || values.Count != weights.Count)
            throw new ArgumentException($"{values.Count} values and {weights.Count} weights must be as many, and some", nameof(weights));
        if (IsMean(weights) && values.All(value => Same(value, values[0])))
            return values[0];

        torch.ScalarType type = values.Any(value => value.dtype == torch.ScalarType.Float64)
            ? torch.ScalarType.Float64 : torch.ScalarType.Float32;
        torch.Tensor sum = torch.zeros(values[0].shape, type, values[0].device);
        foreach ((torch.Tensor value, double weight) in values.Zip(weights))
            sum.add_(value.to(type), (Scalar)weight);
        return sum;
    }

    private static bool Same(torch.Tensor a, torch.Tensor b) =>
        ReferenceEquals(a, b) || (a.dtype == b.dtype && a.shape.AsSpan().SequenceEqual(b.shape) && a.eq(b).all().item<bool>());
}
