namespace Vlm.Rewards.Learned;

/// <summary>A question, and what was written to it: what a learned reward scores.</summary>
/// <param name="Example">The chat and its images. Completions of one group have the same object.</param>
/// <param name="Text">What was written, special tokens dropped.</param>
public sealed record Completion(Example Example, string Text)
{
    /// <summary>What a policy sampled.</summary>
    public static Completion Of(Rollout rollout) => new(rollout.Prompt.Example, rollout.Text);

    /// <summary>The numbers of the completions of each group, in the order in which questions first appear.</summary>
    /// <param name="completions">Of one step.</param>
    public static IReadOnlyList<int[]> Groups(IReadOnlyList<Completion> completions) =>
        [.. Enumerable.Range(0, completions.Count)
            .GroupBy(i => completions[i].Example, (IEqualityComparer<Example>)ReferenceEqualityComparer.Instance)
            .Select(group => group.ToArray())];
}
