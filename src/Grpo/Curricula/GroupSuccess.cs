namespace Vlm.Grpo;

/// <summary>How often the rollouts of each prompt of a step were right.</summary>
public static class GroupSuccess
{
    /// <summary>The share of right answers of each group, 0 to 1; NaN for one of which nothing was scored.</summary>
    /// <remarks>By accuracy, not by the whole reward: form and length are no success.</remarks>
    /// <param name="batch">Scored rollouts.</param>
    /// <exception cref="UsageException">A scored answer has no accuracy: its rewards do not say what is right.</exception>
    public static double[] Of(Batch batch) => [.. batch.Groups.Select(group => Of(batch, group))];

    private static double Of(Batch batch, int[] group)
    {
        Sample[] scored = [.. group.Select(i => batch[i]).Where(sample => !double.IsNaN(sample.Score.Value))];
        if (Array.Find(scored, sample => sample.Score.Accuracy is null) is { } silent)
            throw new UsageException("a curriculum needs to know which answers are right, and these rewards do not say it",
                $"record {silent.Rollout.Prompt.Id}", "data with answers, or --curriculum shuffled --prompt-weight none");
        return scored.Length == 0 ? double.NaN : scored.Count(sample => sample.Score.Accuracy!.Value.Value >= 1) / (double)scored.Length;
    }
}
