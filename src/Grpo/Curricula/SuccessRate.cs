namespace Vlm.Grpo;

/// <summary>Which success rates a curriculum asks for most.</summary>
public enum SuccessMode
{
    /// <summary>The lowest: exp((1/2 - s) / tau), as the paper writes it.</summary>
    Monotone,

    /// <summary>Those near one half, from which most is to be learned: exp(-|s - 1/2| / tau).</summary>
    Frontier,
}

/// <summary>How often each task is asked, by its success rate. Pure.</summary>
/// <remarks>
/// VLA-RL, Lu et al. 2025, arXiv:2505.18719, curriculum selection:
/// <code>
/// P(j) = w[j] exp((1/2 - s[j]) / tau) / sum_k w[k] exp((1/2 - s[k]) / tau)        w = 1 in the paper
/// </code>
/// As it is written the formula is monotone: it asks for what fails most, not for a rate near one half, which is
/// <see cref="SuccessMode.Frontier"/>.
/// </remarks>
public static class SuccessRate
{
    /// <summary>The rate of a task that was never asked: neither easy nor hard.</summary>
    public const double Unknown = 0.5;

    /// <summary>A distribution over tasks.</summary>
    /// <param name="rates">The success rate of each, 0 to 1.</param>
    /// <param name="temperature">tau, above 0: the smaller, the more the distribution peaks.</param>
    /// <param name="mode">Which rates are asked for most.</param>
    /// <param name="weights">Of each task, above 0; null for equal ones.</param>
    public static double[] Probabilities(
        IReadOnlyList<double> rates, double temperature, SuccessMode mode = SuccessMode.Monotone, IReadOnlyList<double>? weights = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        double[] logits = [.. rates.Select((rate, i) => (Score(rate, mode) / temperature) + Math.Log(weights?[i] ?? 1))];
        double top = logits.Max();
        double[] masses = [.. logits.Select(logit => Math.Exp(logit - top))];
        double sum = masses.Sum();
        return [.. masses.Select(mass => mass / sum)];
    }

    /// <summary>A running rate after another measurement: memory * old + (1 - memory) * new; the first stands by itself.</summary>
    /// <param name="old">Null before the first.</param>
    /// <param name="measured">The share of right answers of a step.</param>
    /// <param name="memory">0 to 1, 1 not included.</param>
    public static double Running(double? old, double measured, double memory) =>
        old is { } known ? (memory * known) + ((1 - memory) * measured) : measured;

    private static double Score(double rate, SuccessMode mode) => mode == SuccessMode.Monotone ? 0.5 - rate : -Math.Abs(rate - 0.5);
}
