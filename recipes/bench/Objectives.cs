using System.Diagnostics;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards;

/// <summary>A way to learn from a batch, as options that differ from plain GRPO's in one thing.</summary>
/// <param name="Kind">surrogate, aggregation, advantage, kl, entropy or correction.</param>
/// <param name="Name">The option's value.</param>
/// <param name="Options">All of them.</param>
sealed record Objective(string Kind, string Name, GrpoOptions Options);

/// <summary>Every row of the tables of objectives.</summary>
static class Objectives
{
    /// <summary>Plain GRPO, and each row of each table put into it.</summary>
    public static Objective[] All(GrpoOptions plain) =>
    [
        .. SurrogateLoss.Table.Select(row => new Objective("surrogate", row.Name, Surrogate(plain, row))),
        .. Aggregation.Table.Select(row => new Objective("aggregation", row.Name, plain with { LossAggregation = row.Name })),
        .. AdvantageEstimator.Table.Select(row => new Objective("advantage", row.Name, plain with { AdvantageEstimator = row.Name })),
        new("advantage", "normalize-then-sum", plain with { MultiObjectiveAggregation = RewardAggregation.NormalizeThenSum }),
        .. KlEstimator.Table.Select(row => new Objective("kl", row.Name, plain with { Beta = 0.04, KlEstimator = row.Name })),
        new("kl", "in-reward", plain with { Beta = 0.04, Regularizer = new() { KlInReward = true } }),
        new("entropy", "bonus", plain with { Regularizer = new() { EntropyBonus = 1e-3 } }),
        new("entropy", "top-quantile", plain with { Regularizer = new() { TopEntropyQuantile = 0.2 } }),
        .. Enum.GetValues<SamplerCorrection>().Where(one => one != SamplerCorrection.None).Select(one => new Objective(
            "correction", OptionText.Show(one), plain with { Correction = new() { SamplerCorrection = one } })),
    ];

    // Each with an aggregation that it is defined with, and the bound that it cannot do without.
    private static GrpoOptions Surrogate(GrpoOptions plain, SurrogateLoss row) => plain with
    {
        Surrogate = row.Name,
        DualClip = row.Name is SurrogateLoss.DualClip or SurrogateLoss.TwoSidedClip ? 3 : 0,
        LossAggregation = row.Aggregations is [var first, ..] ? first : plain.LossAggregation,
    };
}

/// <summary>Times what a step does after its rollouts.</summary>
/// <param name="policy">Learns.</param>
/// <param name="optimizer">Its weights'.</param>
/// <param name="scored">Rollouts with rewards.</param>
/// <param name="device">Theirs.</param>
/// <param name="seed">The run's.</param>
sealed class ObjectiveClock(IPolicy policy, FusedAdamW optimizer, Batch scored, torch.Device device, long seed)
{
    private long _step;

    /// <summary>Rollouts with rewards of 0 and 1, and a second reward between them.</summary>
    public static Batch Scored(Rollout[] rollouts, long seed)
    {
        var random = new RandomStream(seed, "rewards");
        return Batch.Of(rollouts, _ => TotalScore.Of(
            new ScorePart("right", 1, new(random.Next(2), "")), new ScorePart("form", 0.5, new(random.NextDouble(), ""))));
    }

    /// <summary>Seconds from rewards to moved weights: the greedy answers, the reference's pass, advantages, correction, updates.</summary>
    public double Seconds(GrpoOptions options)
    {
        var clock = Stopwatch.StartNew();
        _step++;
        Batch batch = GreedyBaseline.Ask(
            policy, scored, options, new SampleKey(seed, _step), rollouts => [.. rollouts.Select(_ => scored[0].Score)]);
        if (options.Beta > 0)
        {
            using var reference = new ReferencePolicy(policy);
            clock.Restart();        // the copy of the weights is a run's, not a step's
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, options));
        }

        batch = KlReward.Estimate(batch, options);
        (batch, _) = ImportanceCorrection.Apply(policy, batch, options);
        GrpoUpdate.Apply(policy, optimizer, batch, options, _step, seed);
        Measured.Finished(device);
        return clock.Elapsed.TotalSeconds;
    }
}
