using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Next-token cross-entropy in nats, by the source of the codes.</summary>
/// <param name="Inverse">The inverse dynamics model's most probable codes, which depend on the next token.</param>
/// <param name="Policy">The policy's most probable codes.</param>
/// <param name="Random">Uniform random codes.</param>
/// <param name="Constant">The inverse dynamics model's most frequent code, everywhere.</param>
/// <param name="Base">No codes: the base's own prediction.</param>
public sealed record CodeCosts(double Inverse, double Policy, double Random, double Constant, double Base);

/// <summary>How codes are used.</summary>
/// <param name="Used">Number of the K codes that occur.</param>
/// <param name="Entropy">Entropy of the code frequencies in nats; log K for a uniform use.</param>
/// <param name="MostFrequentShare">Share of the most frequent code: the cloning accuracy of a constant prediction.</param>
/// <param name="MostFrequentCode">The most frequent code.</param>
public sealed record CodeUsage(int Used, double Entropy, double MostFrequentShare, int MostFrequentCode)
{
    /// <summary>Counts codes.</summary>
    /// <param name="codes">[M] one at least.</param>
    /// <param name="count">K</param>
    public static CodeUsage Of(Tensor codes, int count)
    {
        using var scope = NewDisposeScope();
        return OfCounts(codes.flatten().bincount(null, count).to(CPU).data<long>().ToArray());
    }

    /// <summary>The same from counts.</summary>
    /// <param name="counts">K counts, not all 0.</param>
    public static CodeUsage OfCounts(IReadOnlyList<long> counts)
    {
        double[] shares = [.. counts.Select(each => (double)each / counts.Sum())];
        return new CodeUsage(counts.Count(each => each > 0), shares.Sum(p => p > 0 ? -p * Math.Log(p) : 0), shares.Max(),
            Array.IndexOf(shares, shares.Max()));
    }
}

/// <summary>Diagnostics of codes, policy and projector on a batch.</summary>
/// <param name="Costs">Cross-entropies.</param>
/// <param name="Usage">Of the inverse dynamics model's most probable codes.</param>
/// <param name="PolicyUsage">Of the policy's most probable codes.</param>
/// <param name="CloningAccuracy">Share of positions where the two agree.</param>
/// <param name="DistinctTokens">
/// Mean number of distinct tokens that the K codes of a state decode to.
/// </param>
/// <param name="RawCosine">Mean cosine similarity of text-only states and those of the paired view; null without both.</param>
/// <param name="ProjectedCosine">The same with the text-only states projected.</param>
/// <param name="Positions">Number of positions averaged over.</param>
public sealed record LatentReport(CodeCosts Costs, CodeUsage Usage, CodeUsage PolicyUsage, double CloningAccuracy,
    double DistinctTokens, double? RawCosine, double? ProjectedCosine, long Positions)
{
    /// <summary>The values there are, by their names in logs.</summary>
    public IReadOnlyList<(string Name, double Value)> Named() =>
    [
        ("ce_inverse", Costs.Inverse), ("ce_policy", Costs.Policy), ("ce_random", Costs.Random),
        ("ce_constant", Costs.Constant), ("ce_base", Costs.Base), ("used_codes", Usage.Used),
        ("code_entropy", Usage.Entropy), ("most_frequent_code_share", Usage.MostFrequentShare), ("policy_codes", PolicyUsage.Used),
        ("policy_code_entropy", PolicyUsage.Entropy), ("clone_accuracy", CloningAccuracy),
        ("distinct_tokens", DistinctTokens),
        .. RawCosine is { } raw ? [("cosine_raw", raw), ("cosine_projected", ProjectedCosine!.Value)]
            : Array.Empty<(string, double)>(),
    ];
}
