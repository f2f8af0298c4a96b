using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>The reference answer of each question as one more rollout of its group, with its reward held in check.</summary>
/// <remarks>
/// ViSurf, Liu et al. 2025, arXiv:2510.10606: a group is G rollouts and the label y, mean and deviation are over G + 1 rewards, and
/// each has a ratio of its own to the policy before the update. Where no rollout is right the label pulls as in supervised
/// training, with the weight of its advantage; where one is, it pulls no more:
/// <code>
/// r(y) = mean_j r(o[j])        where max_j r(o[j]) >= r(y)
/// </code>
/// A label has no thinking, and earns nothing for its form.
/// </remarks>
public static class LabelRollouts
{
    /// <summary>Rewards that look at the form of an answer alone: a label earns 0 of them.</summary>
    public static IReadOnlyList<string> FormRewards { get; } = ["answer_tags", "box_json", "format", PriorPrompt.Format];

    /// <summary>The labels of prompts, as rollouts without log-probs.</summary>
    /// <param name="prompts">One group each.</param>
    /// <param name="tokens">Tokens of a text, end of sequence included.</param>
    /// <param name="options">The limit of a completion, and how completions are sampled.</param>
    /// <exception cref="UsageException">
    /// There is no label, it is longer than a completion may be, or sampling leaves out tokens that a label may have.
    /// </exception>
    public static Rollout[] Of(IReadOnlyList<Prompt> prompts, Func<string, int[]> tokens, GrpoOptions options)
    {
        OffPolicy.Require(options.Sampling, "a label");
        return [.. prompts.Select(prompt => Of(prompt, tokens, options))];
    }

    /// <summary>What a label earns: its content, and nothing for its form; the mean of the rollouts where one of them is as
    /// good.</summary>
    /// <param name="label">As it was scored.</param>
    /// <param name="rollouts">What the group earned.</param>
    public static TotalScore Reward(TotalScore label, IReadOnlyList<TotalScore> rollouts)
    {
        TotalScore content = label.Parts.Count == 0 || double.IsNaN(label.Value) ? label : TotalScore.Of([.. label.Parts.Select(part =>
            FormRewards.Contains(part.Name) ? part with { Score = Score.Zero("a label earns nothing for its form") } : part)]);
        TotalScore[] scored = [.. rollouts.Where(score => !double.IsNaN(score.Value))];
        return content with { Value = Smoothed([.. scored.Select(score => score.Value)], content.Value), Parts = Parts(content, scored) };
    }

    /// <summary>The reward of a label: the mean of the rollouts' where one of these is as high.</summary>
    /// <param name="rollouts">Rewards of the group, none of them NaN.</param>
    /// <param name="label">Of the label.</param>
    public static double Smoothed(IReadOnlyList<double> rollouts, double label) => Holds(rollouts, label) ? rollouts.Average() : label;

    /// <summary>The batch with a label in each group, and what is logged of them.</summary>
    /// <param name="batch">Scored rollouts.</param>
    /// <param name="labels">With the log-probs of the policy before the update, one for each group in order.</param>
    /// <param name="scores">What they would earn.</param>
    public static (Batch Batch, StepStats Stats) Add(Batch batch, IReadOnlyList<Rollout> labels, IReadOnlyList<TotalScore> scores)
    {
        if (labels.Count != batch.Groups.Count || scores.Count != labels.Count)
            throw new ArgumentException($"{labels.Count} labels with {scores.Count} scores for {batch.Groups.Count} groups",
                nameof(labels));
        TotalScore[][] earned = [.. batch.Groups.Select(group => group.Select(i => batch[i].Score).ToArray())];
        Sample[] added = [.. labels.Select((label, g) => new Sample(
            label with { Prompt = batch[batch.Groups[g][0]].Rollout.Prompt, Member = batch.Groups[g].Length },
            Reward(scores[g], earned[g])))];
        int smoothed = added.Where((sample, g) => earned[g].Any(score => score.Value >= sample.Score.Value)).Count();
        return (new Batch([.. batch, .. added]), StepStats.Of(($"{Metric.Label}/smoothed", smoothed, added.Length)));
    }

    private static bool Holds(IReadOnlyList<double> rollouts, double label) => rollouts.Count > 0 && rollouts.Max() >= label;

    // The parts follow the sum, so that rewards which are compared apart see the same label.
    private static IReadOnlyList<ScorePart> Parts(TotalScore label, TotalScore[] scored) =>
        !Holds([.. scored.Select(score => score.Value)], label.Value) ? label.Parts : [.. label.Parts.Select(part => part with
        {
            Score = new(scored.Select(score => score.Parts.FirstOrDefault(one => one.Name == part.Name).Score.Value).Average(),
                "the mean of the rollouts, of which one is as good"),
        })];

    private static Rollout Of(Prompt prompt, Func<string, int[]> tokens, GrpoOptions options)
    {
        string label = prompt.Example.Answer;
        if (label.Length == 0)
            throw new UsageException("there is no answer that could be the label",
                $"record {prompt.Id}", "data with answers, or leave out --label-rollout");
        int[] row = tokens(label);
        return row.Length <= options.MaxNewTokens ? SupervisedUpdate.Target(prompt, row) with { Text = label }
            : throw new UsageException($"the label has {row.Length} tokens, and a completion may have {options.MaxNewTokens}",
                $"record {prompt.Id}", $"--max-new-tokens {row.Length}, or leave out --label-rollout");
    }
}
