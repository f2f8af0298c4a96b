namespace Vlm.Grpo;

/// <summary>One choice of an answer, and what other choices in its place would have earned.</summary>
/// <param name="Entropy">H over tokens at the choice, in nats.</param>
/// <param name="Rewards">
/// For each action tried, what each continuation after it earned: two at least, finite. Empty where there was no choice.
/// </param>
public sealed record Choice(double Entropy, IReadOnlyList<IReadOnlyList<double>> Rewards)
{
    /// <summary>
    /// V: the variance of the actions' expected rewards, estimated without bias: that of the mean rewards less what the continuations'
    /// own variance adds to it. May be below 0; 0 for a single action.
    /// </summary>
    /// <exception cref="InvalidOperationException">An action has fewer than two continuations, or a reward that is not finite.</exception>
    public double Relevance
    {
        get
        {
            if (Rewards.Any(action => action.Count < 2 || !action.All(double.IsFinite)))
                throw new InvalidOperationException("an action has fewer than two continuations, or a reward that is not finite");
            return Rewards.Count < 2 ? 0
                : Variance([.. Rewards.Select(action => action.Average())]) - Rewards.Average(action => Variance(action) / action.Count);
        }
    }

    private static double Variance(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
    }
}

/// <summary>
/// F:R, the entropy spent on choices that do not matter for the reward over that spent on choices that do. Where it is high, actions that
/// leave the wording open can learn from fewer rollouts than tokens.
/// </summary>
/// <param name="Irrelevant">F: sum of H over the choices whose V is below <see cref="Threshold"/>, in nats.</param>
/// <param name="Relevant">R: sum of H over the others.</param>
/// <param name="Choices">How many were tried.</param>
public sealed record ChoiceRelevance(double Irrelevant, double Relevant, int Choices)
{
    /// <summary>The variance of expected rewards from which on a choice matters: a deviation of a tenth of a reward of 1.</summary>
    public const double Threshold = 0.01;

    /// <summary>F:R. Infinite where nothing matters, NaN where nothing was chosen.</summary>
    public double Ratio => Irrelevant / Relevant;

    /// <summary>Sums up choices.</summary>
    /// <param name="choices">Of some answers.</param>
    /// <param name="threshold">In squared reward units.</param>
    public static ChoiceRelevance Of(IReadOnlyList<Choice> choices, double threshold = Threshold)
    {
        ILookup<bool, double> entropies = choices.ToLookup(choice => choice.Relevance < threshold, choice => choice.Entropy);
        return new(entropies[true].Sum(), entropies[false].Sum(), choices.Count);
    }
}
