using System.Collections;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>One rollout with everything that an update needs of it.</summary>
/// <param name="Rollout">What was sampled, with the sampler's log-probs.</param>
/// <param name="Score">What it earned; <see cref="TotalScore.Unscored"/> where no reward could be given.</param>
/// <param name="Advantage">Zero until an estimator has seen the batch.</param>
/// <param name="ReferenceLogProbs">Of the same actions under the reference policy; null without one.</param>
/// <param name="Values">The return a critic predicted before each action; null without a critic.</param>
/// <param name="Returns">What these values are to become; null without a critic.</param>
/// <param name="SegmentRewards">What of the score belongs to each action; null where all of it belongs to the last.</param>
public sealed record Sample(
    Rollout Rollout, TotalScore Score, Advantage Advantage = default, float[]? ReferenceLogProbs = null,
    float[]? Values = null, float[]? Returns = null, double[]? SegmentRewards = null)
{
    /// <summary>Of the same actions under the policy before the step's first update, where another engine sampled; else null.</summary>
    public float[]? OldLogProbs { get; init; }

    /// <summary>What each action counts because another engine sampled it, from <see cref="ImportanceWeights"/>; else null.</summary>
    public float[]? Weights { get; init; }

    /// <summary>The log-probs that ratios are taken against.</summary>
    public float[] Old => OldLogProbs ?? Rollout.LogProbs;

    /// <summary>What the greedy answer to the same prompt earned; NaN where it could not be scored,
    /// null where it was not asked for.</summary>
    public double? Baseline { get; init; }

    /// <summary>True where the update does not see it: as if it had not been sampled.</summary>
    public bool IsLeftOut { get; init; }
}

/// <summary>
/// The samples of one step, checked once, here. Samples of one prompt (the same <see cref="Prompt"/> object) are a group;
/// groups may differ in size.
/// </summary>
public sealed class Batch : IReadOnlyList<Sample>
{
    private readonly Sample[] _samples;

    /// <summary>A batch of samples.</summary>
    /// <exception cref="ArgumentException">
    /// None, or one whose log-probs, advantages, reference, values or returns do not go with its actions; an advantage that is
    /// not finite; a reward that is infinite; a reference that some have and others have not.
    /// </exception>
    public Batch(IEnumerable<Sample> samples)
    {
        _samples = [.. samples];
        if (_samples.Length == 0)
            throw new ArgumentException("a batch has at least one sample", nameof(samples));
        foreach (Sample sample in _samples)
            Check(sample);
        if (_samples.Any(sample => sample.ReferenceLogProbs is null != _samples[0].ReferenceLogProbs is null))
            throw new ArgumentException("some samples have log-probs of the reference policy and others have none");
        Rollouts = [.. _samples.Select(sample => sample.Rollout)];
        Groups = [.. _samples.Index().GroupBy(item => item.Item.Rollout.Prompt, item => item.Index,
            (IEqualityComparer<Prompt>)ReferenceEqualityComparer.Instance).Select(group => group.ToArray())];
    }

    /// <summary>Rollouts with what they earned.</summary>
    /// <param name="rollouts">Of one step.</param>
    /// <param name="scores">One per rollout.</param>
    /// <exception cref="ArgumentException">They are not as many, or none.</exception>
    public static Batch Of(IReadOnlyList<Rollout> rollouts, IReadOnlyList<TotalScore> scores) =>
        rollouts.Count == scores.Count
            ? new(rollouts.Zip(scores, (rollout, score) => new Sample(rollout, score)))
            : throw new ArgumentException($"{rollouts.Count} rollouts and {scores.Count} scores must be as many");

    /// <summary>Rollouts with what a function says each earned.</summary>
    /// <param name="rollouts">Of one step.</param>
    /// <param name="score">Called once for each.</param>
    public static Batch Of(IReadOnlyList<Rollout> rollouts, Func<Rollout, TotalScore> score) =>
        Of(rollouts, [.. rollouts.Select(score)]);

    /// <summary>Rollouts with what the rewards of their examples pay; rewards that look at a step together see all of it.</summary>
    /// <param name="rollouts">Of one step.</param>
    /// <exception cref="ArgumentException">A truth is broken, or of a kind that a reward does not take.</exception>
    public static Batch Scored(IReadOnlyList<Rollout> rollouts) => Of(
        rollouts, Example.Score([.. rollouts.Select(rollout => rollout.Prompt.Example)], [.. rollouts.Select(rollout => rollout.Sampled)]));

    /// <summary>The numbers of the samples of each group, in the order in which prompts first appear.</summary>
    public IReadOnlyList<int[]> Groups { get; }

    /// <inheritdoc/>
    public int Count => _samples.Length;

    /// <inheritdoc/>
    public Sample this[int index] => _samples[index];

    /// <summary>The rollouts alone.</summary>
    public IReadOnlyList<Rollout> Rollouts { get; }

    /// <summary>The rewards of each group.</summary>
    public double[][] RewardsByGroup => [.. Groups.Select(group => group.Select(i => _samples[i].Score.Value).ToArray())];

    /// <summary>True where samples have log-probs of the reference policy.</summary>
    public bool HasReference => _samples[0].ReferenceLogProbs is not null;

    /// <summary>The same samples with advantages.</summary>
    /// <param name="advantages">One per sample.</param>
    public Batch With(IReadOnlyList<Advantage> advantages) => Map(advantages, (sample, one) => sample with { Advantage = one });

    /// <summary>The same samples with log-probs of the reference policy.</summary>
    /// <param name="reference">A row per sample, as <see cref="ReferencePolicy"/> gives them.</param>
    public Batch WithReference(IReadOnlyList<float[]> reference) =>
        Map(reference, (sample, row) => sample with { ReferenceLogProbs = row });

    /// <summary>The same samples with what the greedy answer to each one's prompt earned.</summary>
    /// <param name="baselines">One for each group; NaN where there is no score.</param>
    public Batch WithBaselines(IReadOnlyList<double> baselines)
    {
        double[] each = new double[Count];
        foreach ((int[] group, double baseline) in Groups.Zip(baselines))
            foreach (int i in group)
                each[i] = baseline;
        return Map(baselines.Count == Groups.Count ? each : throw new ArgumentException(
            $"{baselines.Count} baselines for {Groups.Count} groups", nameof(baselines)), (sample, one) => sample with { Baseline = one });
    }

    /// <summary>The same samples with the parts of their scores that belong to segments placed at the actions that end these.</summary>
    /// <param name="ends">Letters of a rollout's text after each of its tokens, as <see cref="Text.TokenEnds"/> gives them.</param>
    public Batch WithSegments(Func<Rollout, int[]> ends) => _samples.All(sample => sample.Score.Segments.Count == 0) ? this
        : new(_samples.Select(sample => sample with { SegmentRewards = TokenRewards.Place(sample.Score.Segments, ends(sample.Rollout)) }));

    /// <inheritdoc/>
    public IEnumerator<Sample> GetEnumerator() => _samples.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Batch Map<T>(IReadOnlyList<T> values, Func<Sample, T, Sample> with) => values.Count == Count
        ? new(_samples.Zip(values, with))
        : throw new ArgumentException($"{values.Count} values for {Count} samples", nameof(values));

    private static void Check(Sample sample)
    {
        (Rollout rollout, int actions) = (sample.Rollout, sample.Rollout.Actions.Length);
        Match("log-probs", rollout.LogProbs.Length);
        Match("advantages", sample.Advantage.Count);
        Match("log-probs of the old policy", sample.OldLogProbs?.Length);
        Match("weights", sample.Weights?.Length);
        Match("log-probs of the reference", sample.ReferenceLogProbs?.Length);
        Match("values", sample.Values?.Length);
        Match("returns", sample.Returns?.Length);
        Match("rewards of segments", sample.SegmentRewards?.Length);
        if (!sample.Advantage.IsFinite)
            throw new ArgumentException($"an advantage of prompt {rollout.Prompt.Id} is not finite");
        if (double.IsInfinity(sample.Score.Value))
            throw new ArgumentException($"a reward of prompt {rollout.Prompt.Id} is infinite");

        void Match(string what, int? count)
        {
            if (count is { } many && many != actions)
                throw new ArgumentException($"a rollout of prompt {rollout.Prompt.Id} has {actions} actions and {many} {what}");
        }
    }
}
