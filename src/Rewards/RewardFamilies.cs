namespace Vlm.Rewards;

/// <summary>The rows of <see cref="RewardFamily.Table"/>.</summary>
internal static class RewardFamilies
{
    private const int LongestRun = 64;
    private const string Threshold = "an IoU above 0, at most 1";

    public static NamedTable<RewardFamily> Table() => new("reward family",
        new("acc", Threshold, "acc@0.75", numbers => numbers is [var least and > 0 and <= 1]
            ? Like("acc@0.5", Reward.OfAnswer<Truth.Region>("acc", (answer, truth) => IouHit.Score(answer, truth, least))) : null),
        new("box_f1", Threshold, "box_f1@0.75", numbers => numbers is [var least and > 0 and <= 1]
            ? Like("box_f1@0.5", Reward.OfAnswer<Truth.Boxes>("box_f1", (answer, truth) => BoxF1.Score(answer, truth, least))) : null),
        new("soft_overlong", "the most tokens, and how many of them the penalty takes to grow", "soft_overlong@1024/256",
            numbers => numbers is [> 0 and var most, >= 0 and var cache] && cache <= most ? Overlong(new(most, cache)) : null),
        new("cosine_length", "the longest length in tokens, above 0", "cosine_length@512",
            numbers => numbers is [> 0 and var most] ? Cosine(CosineLength.Trl with { Most = most }) : null),
        new("token_repetition", $"how many tokens make a run, 1 to {LongestRun}", "token_repetition@4",
            numbers => Run(numbers) is { } n ? Like("token_repetition", Reward.OfAnswer<Truth>("token_repetition", (answer, _) => RepetitionPenalty.OfTokens(answer, n))) : null),
        new("word_repetition", $"how many words make a run, 1 to {LongestRun}", "word_repetition@20", numbers => Run(numbers) is { } n
            ? Like("word_repetition", Reward.OfAnswer<Truth>("word_repetition", (answer, _) => RepetitionPenalty.OfWords(answer.Completion, n))) : null));

    private static int? Run(double[] numbers) =>
        numbers is [>= 1 and <= LongestRun and var n] && n == Math.Floor(n) ? (int)n : null;

    private static Reward Overlong(SoftOverlong rule) => Like("soft_overlong", Reward.OfAnswer<Truth>("soft_overlong", (answer, _) => rule.Score(answer)));

    private static Reward Cosine(CosineLength rule) => Like("cosine_length", Reward.OfAnswer<Truth>("cosine_length", rule.Score));

    // The range and the source of the row of the table.
    private static Reward Like(string row, Reward reward) =>
        reward with { Low = Reward.Table[row].Low, High = Reward.Table[row].High, Source = Reward.Table[row].Source };
}
