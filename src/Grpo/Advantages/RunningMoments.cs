using System.Text.Json.Serialization;

namespace Vlm.Grpo;

/// <summary>Mean and variance of all numbers seen so far, in one pass. Immutable.</summary>
/// <remarks>
/// <code>
/// mean' = mean + (x - mean) / n        M' = M + (x - mean)(x - mean')        variance = M / (n - 1)
/// </code>
/// Welford 1962, https://doi.org/10.1080/00401706.1962.10490022.
/// </remarks>
/// <param name="Count">Numbers seen, n.</param>
/// <param name="Mean">Their mean; 0 before the first.</param>
/// <param name="Squares">The sum of their squared distances from it, M.</param>
public readonly record struct RunningMoments(long Count, double Mean, double Squares)
{
    private const double Epsilon = 1e-8;

    /// <summary>Standard deviation with n - 1; 0 before the second number.</summary>
    [JsonIgnore]
    public double Std => Count < 2 ? 0 : Math.Sqrt(Squares / (Count - 1));

    /// <summary>With more numbers, in their order.</summary>
    /// <param name="numbers">Finite.</param>
    public RunningMoments Add(IEnumerable<double> numbers) => numbers.Aggregate(this, (now, number) =>
    {
        double mean = now.Mean + (number - now.Mean) / (now.Count + 1);
        return new(now.Count + 1, mean, now.Squares + (number - now.Mean) * (number - mean));
    });

    /// <summary>(x - mean) / (std + 1e-8).</summary>
    public double Normalize(double number) => (number - Mean) / (Std + Epsilon);

    /// <summary>What one unit becomes by <see cref="Normalize"/>.</summary>
    [JsonIgnore]
    public double Unit => 1 / (Std + Epsilon);

    /// <summary>The number that <see cref="Normalize"/> makes this of; the same number before the first was seen.</summary>
    public double Restore(double normal) => Count == 0 ? normal : normal * (Std + Epsilon) + Mean;
}
