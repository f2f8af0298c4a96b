using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Between the units that a critic predicts in and those of rewards.</summary>
internal static class CriticUnits
{
    /// <summary>[B, T] what a critic predicts, of what it gives: [B, T] itself, or the mean of [B, T, K] bins.</summary>
    /// <exception cref="ArgumentException">The critic is of the other kind.</exception>
    public static torch.Tensor Numbers(torch.Tensor values, PpoOptions ppo) => (values.dim(), ppo.Critic) switch
    {
        (2, CriticKind.Mse) => values,
        (3, CriticKind.Categorical) => CategoricalValue.Mean(values, ppo.CriticRange),
        _ => throw new ArgumentException($"a critic of {Shapes.Show(values)} is not {OptionText.Show(ppo.Critic)}"),
    };

    /// <summary>Predictions in reward units.</summary>
    public static double[] Restore(float[] raw, Sample sample, PpoOptions ppo, RunningScales scales)
    {
        double divisor = Divisor(sample, ppo, scales);
        return [.. raw.Select(value => ppo.NormalizeValues ? scales.Returns.Restore(value) : value * divisor)];
    }

    /// <summary>Returns in the critic's units.</summary>
    public static float[] Normalize(double[] returns, Sample sample, PpoOptions ppo, RunningScales scales)
    {
        double divisor = Divisor(sample, ppo, scales);
        return [.. returns.Select(value => (float)(ppo.NormalizeValues ? scales.Returns.Normalize(value) : value / divisor))];
    }

    /// <summary>Adds a step's returns to the statistics of the run.</summary>
    public static void Add(Sample[] samples, GaeResult[] rows, PpoOptions ppo, RunningScales scales)
    {
        if (ppo.NormalizeValues)
            scales.AddReturns(rows.SelectMany(row => row.Returns));
        if (ppo.Critic == CriticKind.Categorical)
            foreach ((Sample sample, GaeResult row) in samples.Zip(rows))
                scales.AddReturns(Kind(sample), row.Returns);
    }

    /// <summary>The statistics that the step was normalised by.</summary>
    public static StepStats Stats(PpoOptions ppo, RunningScales scales) =>
        (ppo.NormalizeRewards ? Moments("reward", scales.Rewards) : StepStats.Empty)
        + (ppo.NormalizeValues ? Moments("return", scales.Returns) : StepStats.Empty)
        + (ppo.Critic == CriticKind.Categorical
            ? StepStats.Of(($"{Metric.Scale}/return_largest", scales.Largest.Values.Max(), 1)) : StepStats.Empty);

    private static StepStats Moments(string of, RunningMoments seen) =>
        StepStats.Of(($"{Metric.Scale}/{of}_mean", seen.Mean, 1), ($"{Metric.Scale}/{of}_std", seen.Std, 1));

    private static double Divisor(Sample sample, PpoOptions ppo, RunningScales scales) =>
        ppo.Critic == CriticKind.Categorical ? scales.Divisor(Kind(sample), ppo.CriticRange) : 1;

    private static string Kind(Sample sample) => sample.Rollout.Prompt.Example?.Kind ?? "";
}
