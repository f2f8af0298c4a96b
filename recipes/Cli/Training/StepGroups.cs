using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>The groups of a step: the rollouts of each prompt, and what <see cref="GroupOptions"/> puts beside them.</summary>
/// <param name="policy">Samples.</param>
/// <param name="data">Makes prompts.</param>
/// <param name="scorer">Pays.</param>
/// <param name="tokens">Tokens of a text, end of sequence included.</param>
/// <param name="options">What a group has.</param>
/// <param name="grpo">Group size, sampling, advantages.</param>
/// <param name="seed">The run's.</param>
public sealed class StepGroups(
    IPolicy policy, TrainingData data, RunScorer scorer, Func<string, int[]> tokens, GroupOptions options, GrpoOptions grpo, long seed)
{
    private readonly string? _context = options.Context();
    private readonly Dictionary<Prompt, Prompt> _originals = new(ReferenceEqualityComparer.Instance);

    /// <summary>Samples a step: first the groups of the prompts, then what belongs to them.</summary>
    /// <param name="prompts">Of the step.</param>
    /// <param name="step">From 1.</param>
    /// <param name="first">The number of the first prompt among those of the step: above 0 where groups are sampled in place of others.</param>
    public Rollout[] Sample(Prompt[] prompts, long step, int first = 0)
    {
        _originals.Clear();
        Rollout[] own = policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(seed, step, first));
        if (_context is { } context)
            return [.. own, .. PrivilegedContext.Sample(policy, prompts,
                [.. prompts.Select(prompt => data.Ask(PrivilegedContext.On(prompt.Example, context)))],
                grpo, new SampleKey(seed, step, prompts.Length))];
        return [.. own, .. Enumerable.Range(1, options.PermutedCopies).SelectMany(copy => Permuted(prompts, step, copy))];
    }

    /// <summary>Advantages within the groups, each with its label and its permuted copies.</summary>
    /// <param name="batch">Scored rollouts of <see cref="Sample"/>.</param>
    /// <param name="now">Advantages, and what a divergence costs in this step.</param>
    /// <param name="referenced">The same rollouts with the reference's log-probs, where there is one.</param>
    /// <param name="promptWeight">A row of <see cref="PromptWeight.Table"/>.</param>
    /// <param name="factor">What all advantages are multiplied by.</param>
    /// <returns>The batch, labels after all rollouts, and what is logged.</returns>
    public (Batch Batch, StepStats Stats) Compared(
        Batch batch, GrpoOptions now, Func<Batch, Batch> referenced, string promptWeight, double factor = 1)
    {
        (Batch all, StepStats stats) = options.LabelRollout ? Labelled(batch) : (batch, StepStats.Empty);
        all = referenced(all);
        (Batch groups, StepStats weighed) = PromptWeight.Apply(KlReward.Estimate(InGroups(all), now), promptWeight, factor);
        Sample[] labels = [.. groups.Skip(batch.Count)];
        if (labels.Length > 0)
            stats += StepStats.Of(($"{Metric.Label}/advantage", labels.Sum(label => label.Advantage.Mean), labels.Length));
        return (new Batch(all.Zip(groups, (sample, group) => group with { Rollout = sample.Rollout })), stats + weighed);
    }

    private Batch InGroups(Batch batch) =>
        _originals.Count == 0 ? batch : new(batch.Select(sample => sample with { Rollout = InItsGroup(sample.Rollout) }));

    private Rollout InItsGroup(Rollout rollout) =>
        rollout with { Prompt = _originals.GetValueOrDefault(rollout.Prompt, rollout.Prompt) };

    // The rollouts as they were sampled, and behind them a label for each group.
    private (Batch, StepStats) Labelled(Batch batch)
    {
        Batch groups = InGroups(batch);
        Prompt[] prompts = [.. groups.Groups.Select(group => groups[group[0]].Rollout.Prompt)];
        Rollout[] labels = OffPolicy.WithLogProbs(policy, LabelRollouts.Of(prompts, tokens, grpo), grpo);
        (Batch added, StepStats stats) = LabelRollouts.Add(groups, labels, scorer.Score(labels));
        return (new Batch(added.Select((sample, i) => i < batch.Count ? sample with { Rollout = batch[i].Rollout } : sample)), stats);
    }

    private Rollout[] Permuted(Prompt[] prompts, long step, int copy)
    {
        double probability = ImagePermutation.Probability(
            step, grpo.Steps, options.PermutationDecay, options.PermutationCoefficient, options.PermutationWarmup);
        Prompt[] asked = [.. prompts.Select((prompt, i) => Permuted(prompt, probability, new(seed, "permutation", step, i, copy)))];
        foreach ((Prompt now, Prompt original) in asked.Zip(prompts))
            _originals[now] = original;
        return [.. policy.Sample(asked, grpo.GroupSize, grpo.Sampling, new SampleKey(seed, step, copy * prompts.Length))
            .Select(rollout => rollout with { Member = (copy * grpo.GroupSize) + rollout.Member })];
    }

    private Prompt Permuted(Prompt prompt, double probability, RandomStream random) =>
        options.PermutedKinds.Contains(prompt.Example.Kind) && random.NextDouble() < probability
            ? data.Ask(ImagePermutation.On(prompt.Example, options.PermutedFrom, random)) : prompt;
}
