namespace Vlm.Grpo;

/// <summary>Weights of several rewards that follow how far each one's gradient pulls with all others. Pure.</summary>
/// <remarks>
/// Lu et al. 2025, arXiv:2509.11452, gradient-based weight optimisation, as its released code has it (mirror descent):
/// <code>
/// I[i] = sum_j &lt;g[i], g[j]&gt;        j = i included
/// w    = softmax(log w + rate I / mu)
/// </code>
/// </remarks>
public static class GradientWeights
{
    /// <summary>The influence of each reward.</summary>
    /// <param name="products">[K, K] scalar products of the gradients.</param>
    public static double[] Influence(IReadOnlyList<double[]> products) => [.. products.Select(row => row.Sum())];

    /// <summary>One step of mirror descent.</summary>
    /// <param name="weights">Of each reward, above 0, sum 1.</param>
    /// <param name="influence">Of each reward.</param>
    /// <param name="rate">The learning rate of the step divided by mu.</param>
    /// <returns>Weights of sum 1.</returns>
    public static double[] Next(IReadOnlyList<double> weights, IReadOnlyList<double> influence, double rate)
    {
        double[] logits = [.. weights.Zip(influence, (weight, one) => Math.Log(weight) + (rate * one))];
        double top = logits.Max();
        double[] masses = [.. logits.Select(logit => Math.Exp(logit - top))];
        double sum = masses.Sum();
        return [.. masses.Select(mass => mass / sum)];
    }
}
