using TorchSharp;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests;

/// <summary>Updates from plain arrays, as tests with arithmetic on the page have them.</summary>
internal static class Updates
{
    public static Batch Batch(
        IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> advantages, IReadOnlyList<float[]>? reference = null) =>
        Referred(Vlm.Grpo.Batch.Of(rollouts, _ => TotalScore.Unscored).With([.. advantages.Select(one => (Advantage)one)]), reference);

    public static Batch Scored(
        IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> rewards, IReadOnlyList<float[]>? reference = null) =>
        Referred(Vlm.Grpo.Batch.Of(rollouts, [.. rewards.Select(reward => new TotalScore(reward, []))]), reference);

    public static StepStats Grpo(
        IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> advantages,
        GrpoOptions options, long step, IReadOnlyList<float[]>? reference = null) =>
        GrpoUpdate.Apply(policy, optimizer, Batch(rollouts, advantages, reference), options, step);

    public static StepStats Ppo(
        IActorCritic policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> rewards,
        GrpoOptions options, PpoOptions ppo, long seed, long step, IReadOnlyList<float[]>? reference = null) =>
        PpoUpdate.Apply(policy, optimizer, Scored(rollouts, rewards, reference), options, ppo, seed, step);

    /// <summary>Advantages of rewards in groups of one size.</summary>
    public static double[] Advantages(IReadOnlyList<double> rewards, int groupSize, AdvantageOptions? options = null) =>
        [.. GroupAdvantage.Compute([.. rewards.Chunk(groupSize)], options).SelectMany(group => group)];

    /// <summary>Advantages, and what a batch of such rewards logs.</summary>
    public static (double[] Values, StepStats Metrics) Compare(
        IReadOnlyList<double> rewards, int groupSize, AdvantageOptions? options = null) =>
        (Advantages(rewards, groupSize, options), Metrics(rewards, groupSize));

    /// <summary>What a batch of such rewards logs.</summary>
    public static StepStats Metrics(IReadOnlyList<double> rewards, int groupSize)
    {
        Prompt[] prompts = [.. Enumerable.Range(0, rewards.Count / groupSize).Select(i => new Prompt($"p{i}", "", [1], null, []))];
        return BatchMetrics.Of(Scored([.. rewards.Select((_, i) => SupervisedUpdate.Target(prompts[i / groupSize], [1]))], rewards));
    }

    private static Batch Referred(Batch batch, IReadOnlyList<float[]>? reference) =>
        reference is null ? batch : batch.WithReference(reference);
}
