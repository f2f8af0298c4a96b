using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What a rollout counts for that one of several rewards, or all of them, could not score.</summary>
public enum UnscoredRewards
{
    /// <summary>It is not scored: it gets no advantage and is in no mean.</summary>
    Exclude,

    /// <summary>What the other rewards gave, as in TRL; it is not scored where none gave anything.</summary>
    Partial,

    /// <summary>What the other rewards gave, and 0 where none gave anything, as in ms-swift:
    /// a failure is then paid as a wrong answer is.</summary>
    Zero,
}

/// <summary>What is compared of a batch's scores.</summary>
internal static class PaidRewards
{
    /// <summary>The rewards of each group; NaN where a rollout is not scored.</summary>
    public static double[][] Of(Batch batch, UnscoredRewards unscored) => unscored == UnscoredRewards.Exclude ? batch.RewardsByGroup
        : [.. batch.Groups.Select(group => group.Select(i => Of(batch[i].Score, unscored)).ToArray())];

    /// <summary>One reward of several, before its weight; NaN where it gave none.</summary>
    public static double Part(TotalScore score, ScorePart of, UnscoredRewards unscored)
    {
        if (unscored == UnscoredRewards.Exclude && double.IsNaN(score.Value))
            return double.NaN;
        ScorePart[] same = [.. score.Parts.Where(part => part.Name == of.Name && part.Weight == of.Weight)];
        return same.Sum(part => part.Score.Value);
    }

    /// <summary>The reward of a rollout; NaN where it is not scored.</summary>
    public static double Of(TotalScore score, UnscoredRewards unscored)
    {
        if (unscored == UnscoredRewards.Exclude || !double.IsNaN(score.Value))
            return score.Value;
        ScorePart[] given = [.. score.Parts.Where(part => part.Weight != 0 && part.IsScored)];
        return given.Length > 0 ? given.Sum(part => part.Weight * part.Score.Value) : unscored == UnscoredRewards.Zero ? 0 : double.NaN;
    }
}
