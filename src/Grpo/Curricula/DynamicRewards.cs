using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Weights of several rewards that move while training: what is paid, from a state to the next.</summary>
/// <remarks>
/// Lu et al. 2025, arXiv:2509.11452. Differs from it: the point of a step is the mean of each reward over the step's own rollouts,
/// where the paper asks a validation set after each step; and the hypervolume's factor multiplies advantages, not rewards, which
/// is the same where advantages are not divided by a deviation, and where they are would be nothing.
/// </remarks>
public static class DynamicRewards
{
    /// <summary>What a step pays, before advantages are compared: with <see cref="RewardWeighting.Gradients"/> by the weights that
    /// follow from its gradients.</summary>
    /// <param name="state">After the step before.</param>
    /// <param name="batch">Scored rollouts.</param>
    /// <param name="options">What moves the weights.</param>
    /// <param name="rate">The learning rate of the step.</param>
    /// <param name="products">The scalar products of the gradients of rewards, from what each rollout earned of each.</param>
    /// <returns>The batch with its scores reweighed, the state then, and the weights under <c>reward_weight</c>.</returns>
    public static (Batch Batch, RewardWeightState State, StepStats Stats) Pay(
        RewardWeightState state, Batch batch, RewardWeightOptions options, double rate, Func<IReadOnlyList<double[]>, double[][]> products)
    {
        if (options.RewardWeighting == RewardWeighting.Fixed)
            return (batch, state, StepStats.Empty);
        state = Named(state, batch);
        if (options.RewardWeighting == RewardWeighting.Hypervolume)
            return (batch, state with { Volume = state.Volume.Add([.. Rewards(state, batch).Select(Mean)]) },
                StepStats.Of(($"{Metric.RewardWeight}/factor", state.Volume.Multiplier, 1)));
        state = Moved(state, GradientWeights.Influence(products(Rewards(state, batch))), options, rate);
        return (new Batch(batch.Select(sample => sample with { Score = Reweighed(sample.Score, state) })), state,
            state.Names.Zip(state.Weights).Select(pair => StepStats.Of(($"{Metric.RewardWeight}/{pair.First}", pair.Second, 1)))
                .Aggregate(StepStats.Add));
    }

    /// <summary>What advantages of a step are multiplied by: what the steps before it reached says it.</summary>
    /// <param name="before">The state before <see cref="Pay"/> of the step.</param>
    public static double Factor(RewardWeightState before) => before.Volume.Multiplier;

    /// <summary>A score with other weights; rewards that have none in the state keep theirs.</summary>
    internal static TotalScore Reweighed(TotalScore score, RewardWeightState state)
    {
        if (double.IsNaN(score.Value) || score.Parts.Count == 0)
            return score;
        ScorePart[] parts = [.. score.Parts.Select(part =>
            state.Names.IndexOf(part.Name) is >= 0 and var k ? part with { Weight = state.Weights[k] } : part)];
        return score with { Parts = parts, Value = parts.Where(part => part.Weight != 0).Sum(part => part.Weight * part.Score.Value) };
    }

    private static RewardWeightState Moved(RewardWeightState state, double[] influence, RewardWeightOptions options, double rate)
    {
        double[] sum = [.. state.Influence.Zip(influence, (a, b) => a + b)];
        int steps = state.Steps + 1;
        return steps < options.RewardWeightSteps ? state with { Influence = [.. sum], Steps = steps } : state with
        {
            Weights = [.. GradientWeights.Next(state.Weights, [.. sum.Select(value => value / steps)], rate / options.RewardWeightMu)],
            Influence = [.. new double[sum.Length]],
            Steps = 0,
        };
    }

    // The rewards of the first step, with the shares that their weights have.
    private static RewardWeightState Named(RewardWeightState state, Batch batch)
    {
        if (!state.Names.IsEmpty)
            return state;
        (string Name, double Weight)[] paid = [.. batch.SelectMany(sample => sample.Score.Parts).Where(part => part.Weight != 0)
            .DistinctBy(part => part.Name).Select(part => (part.Name, part.Weight))];
        if (paid.Length < 2 || paid.Any(part => part.Weight < 0))
            throw new UsageException(paid.Length < 2
                ? $"there {(paid.Length == 0 ? "is no reward" : "is one reward, " + paid[0].Name)}, and weights move between several"
                : $"{paid.First(part => part.Weight < 0).Name} has a weight below 0, and shares have none",
                "--reward-weighting", "--reward with several names, each of a weight above 0");
        double whole = paid.Sum(part => part.Weight);
        return state with
        {
            Names = [.. paid.Select(part => part.Name)],
            Weights = [.. paid.Select(part => part.Weight / whole)],
            Influence = [.. new double[paid.Length]],
        };
    }

    // [K][rollouts]; a reward that some rollouts have and others have not counts as 0 where it is missing, as in their sum.
    private static double[][] Rewards(RewardWeightState state, Batch batch) => [.. state.Names.Select(name => batch.Select(sample =>
        double.IsNaN(sample.Score.Value) ? double.NaN
            : sample.Score.Parts.FirstOrDefault(part => part.Name == name).Score.Value).ToArray())];

    private static double Mean(double[] values) =>
        values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(0).Average();
}
