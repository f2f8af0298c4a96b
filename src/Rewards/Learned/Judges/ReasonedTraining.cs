namespace Vlm.Rewards.Learned.Judges;

/// <summary>Two answers with a label: what a reasoning judge is trained on.</summary>
/// <param name="Pair">The answers, in the order they are shown.</param>
/// <param name="Label">Which is better.</param>
public sealed record LabelledPair(AnswerPair Pair, BetterAnswer Label)
{
    /// <summary>The two the other way round, and the label with them.</summary>
    public LabelledPair Swapped() => new(Pair with { First = Pair.Second, Second = Pair.First }, Label.Swapped());
}

/// <summary>Where a judgement goes.</summary>
public enum ReasonedRoute
{
    /// <summary>It was right: its reasoning is learned from, by supervision.</summary>
    Supervised,

    /// <summary>It was wrong, or no verdict: the pair is reinforced on.</summary>
    Reinforced,
}

/// <summary>How UnifiedReward-Think trains a judge that reasons.</summary>
/// <remarks>Wang et al. 2025, arXiv:2505.03318, section 3: rejection sampling, then GRPO on
/// what was judged wrongly.</remarks>
public static class ReasonedTraining
{
    /// <summary>Where a judgement goes: right ones to supervision, all others to reinforcement.</summary>
    /// <param name="reply">What the judge wrote.</param>
    /// <param name="label">Which is better.</param>
    public static ReasonedRoute Route(string reply, BetterAnswer label) =>
        ReasonedVerdict.Read(reply) is { IsGiven: true } verdict && verdict.Value.BetterAnswer == label
            ? ReasonedRoute.Supervised : ReasonedRoute.Reinforced;

    /// <summary>
    /// The reward of the last stage: 1 for the label's answer, and 1 for thinking and answer
    /// in their tags and nothing else.
    /// </summary>
    /// <param name="reply">What the judge wrote.</param>
    /// <param name="label">Which is better.</param>
    public static Score Reward(string reply, BetterAnswer label)
    {
        BetterAnswer? said = ReasonedVerdict.Framed(reply);
        return said is null ? Score.Zero("not in its form") : said == label ? new(2, "right") : new(1, "wrong");
    }
}
