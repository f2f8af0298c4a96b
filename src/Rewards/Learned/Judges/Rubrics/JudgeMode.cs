namespace Vlm.Rewards.Learned.Judges;

/// <summary>What a judge compares an answer with.</summary>
public enum JudgeMode
{
    /// <summary>Nothing: a score of the answer alone, from 0 to 1.</summary>
    Pointwise,

    /// <summary>The reference, dimension by dimension: the ratio of the sums of scores.</summary>
    Reference,

    /// <summary>The reference, which of the two is better: 1, 0 or 0.5, the mean of both orders.</summary>
    Pairwise,

    /// <summary>The other answers of its group: the share of comparisons that it wins.</summary>
    WinRate,

    /// <summary>Right or wrong, minus what its length costs.</summary>
    Accuracy,
}

/// <summary>What a verdict looks like, and so how it is read.</summary>
public enum VerdictForm
{
    /// <summary>A number: <see cref="ScoreVerdict"/>.</summary>
    Score,

    /// <summary>Yes or no: <see cref="YesNoVerdict"/>.</summary>
    YesNo,

    /// <summary>Scores for each dimension: <see cref="DimensionVerdict"/>.</summary>
    Dimensions,

    /// <summary>A, B or a tie: <see cref="PreferenceVerdict"/>.</summary>
    Preference,

    /// <summary>Scores, sums and which is better: <see cref="ReasonedVerdict"/>.</summary>
    Reasoned,
}
