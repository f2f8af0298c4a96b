namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>One rollout as the verifier saw it.</summary>
/// <param name="Text">All that was written.</param>
/// <param name="Answer">The answer in it; null where none can be found.</param>
/// <param name="IsRight">What the verifier says of it.</param>
public readonly record struct GradedAnswer(string Text, string? Answer, bool IsRight)
{
    /// <summary>A completion with its answer and the accuracy that its example gives it.</summary>
    public static GradedAnswer Of(Rollout rollout)
    {
        Example example = rollout.Prompt.Example;
        string? answer = example.Read(rollout.Text).Text;
        return new(rollout.Text, string.IsNullOrWhiteSpace(answer) ? null : answer, example.Accuracy(rollout.Text).Value >= 1);
    }
}

/// <summary>The graded rollouts of one question.</summary>
/// <param name="Source">Position of the question in its data.</param>
/// <param name="Answers">One for each rollout.</param>
public sealed record GradedGroup(long Source, IReadOnlyList<GradedAnswer> Answers)
{
    /// <summary>The groups of a step; questions whose truth nobody knows are in none.</summary>
    /// <param name="rollouts">Ordered by prompt; those of one group have the same prompt object.</param>
    /// <param name="first">Position of the first prompt in its data; the others follow it.</param>
    public static IReadOnlyList<GradedGroup> Of(IReadOnlyList<Rollout> rollouts, long first) =>
        [.. rollouts.GroupBy(rollout => rollout.Prompt, (IEqualityComparer<Prompt>)ReferenceEqualityComparer.Instance).Index()
            .Where(group => group.Item.Key.Example.Truth.IsKnown)
            .Select(group => new GradedGroup(first + group.Index, [.. group.Item.Select(GradedAnswer.Of)]))];

    /// <summary>Some are right and some are wrong.</summary>
    public bool IsMixed => Answers.Any(answer => answer.IsRight) && Answers.Any(answer => !answer.IsRight);

    /// <summary>Those with an answer that can be shown, right or wrong.</summary>
    internal GradedAnswer[] Readable(bool right) => [.. Answers.Where(answer => answer.Answer is not null && answer.IsRight == right)];
}
