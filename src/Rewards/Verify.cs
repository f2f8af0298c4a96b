namespace Vlm.Rewards;

/// <summary>
/// Scores a completion against whatever kind of truth its example has. Training and reports call the same two
/// functions.
/// </summary>
public static class Verify
{
    /// <summary>The intersection over union that makes a box right.</summary>
    public const double HitThreshold = 0.5;

    /// <summary>
    /// What the completion earns: 0 or 1 for words, numbers and choices, the intersection over union for regions and
    /// captions, F1 of the words for passages.
    /// </summary>
    /// <exception cref="ArgumentException">The truth is broken.</exception>
    public static Score Score(string completion, Truth truth) => truth switch
    {
        Truth.Region region => BoxReward.Iou(completion, region),
        Truth.Caption caption => CaptionReward.Of(completion, caption),
        Truth.Passage passage => SharedWords.F1(completion, passage.Answer),
        _ => Correct(completion, truth),
    };

    /// <summary>
    /// 1 where the completion is right and 0 where it is not: accuracy. A region is right from one half on, a caption
    /// when nothing is missing, wrong or invented, a passage when all its words are the same.
    /// </summary>
    /// <exception cref="ArgumentException">The truth is broken.</exception>
    public static Score Correct(string completion, Truth truth) => truth switch
    {
        Truth.Word word => Word(completion, word.Answer),
        Truth.Number number => NumberMatch.Within(completion, number.Answer),
        Truth.Choice choice => ChoiceMatch.Of(completion, choice.Letter, choice.Options),
        Truth.Region region => BoxReward.HitAt(completion, region, HitThreshold),
        Truth.Caption caption => CaptionReward.Complete(completion, caption),
        Truth.Passage passage => TextMatch.Normalised(completion, passage.Answer),
        _ => throw new ArgumentException($"no reward for truth {truth?.GetType().Name ?? "null"}", nameof(truth)),
    };

    /// <summary>
    /// What training pays: 0 or 1 for closed answers; for a region half its overlap, and half again for a hit, so that
    /// every step towards the region pays and crossing the line that is measured pays most; for captions and passages
    /// what <see cref="Score"/> says.
    /// </summary>
    /// <remarks>The first part says whether the answer is right, as <see cref="Correct"/> does.</remarks>
    /// <exception cref="ArgumentException">The truth is broken.</exception>
    public static TotalScore Reward(string completion, Truth truth)
    {
        Score right = Correct(completion, truth);
        return truth switch
        {
            Truth.Region region => TotalScore.Of(
                new ScorePart("hit", 0.5, right), new ScorePart("iou", 0.5, BoxReward.Iou(completion, region))),
            Truth.Caption caption => TotalScore.Of(
                new ScorePart("correct", 0, right), new ScorePart("caption", 1, CaptionReward.Of(completion, caption))),
            Truth.Passage passage => TotalScore.Of(
                new ScorePart("correct", 0, right), new ScorePart("words", 1, SharedWords.F1(completion, passage.Answer))),
            _ => TotalScore.Of(new ScorePart("correct", 1, right)),
        };
    }

    private static Score Word(string completion, string truth) => truth?.Trim().ToLowerInvariant() switch
    {
        "yes" => YesNo.Match(completion, true),
        "no" => YesNo.Match(completion, false),
        "true" => YesNo.TrueFalse(completion, true),
        "false" => YesNo.TrueFalse(completion, false),
        _ => TextMatch.Normalised(completion, truth ?? ""),
    };
}
