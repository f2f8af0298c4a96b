using System.Globalization;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

/// <summary>What one reward gives to the answers of all pairs and contrasts.</summary>
/// <param name="Reward">As it was typed.</param>
/// <param name="Pairs">Of the chosen and the rejected answer of each pair.</param>
/// <param name="Contrasts">
/// Of each contrast: the first question with its own and the other answer, the second with the other and its own.
/// </param>
/// <param name="Seconds">That the pairs took.</param>
sealed record RewardScores(
    string Reward, IReadOnlyList<(LearnedScore Chosen, LearnedScore Rejected)> Pairs, IReadOnlyList<LearnedScore[]> Contrasts, double Seconds)
{
    private const int Reasons = 3;

    /// <summary>Scores all, and says what could not be scored.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static RewardScores Of(Run run, string word, ILearnedReward reward, BenchPairs bench, int batch)
    {
        var clock = new StepClock();
        LearnedScore[] sides = Ask(bench.Pairs.SelectMany(
            pair => (Completion[])[new(pair.Example, pair.Chosen), new(pair.Example, pair.Rejected)]));
        double seconds = clock.Seconds;
        LearnedScore[] contrasts = Ask(bench.Contrasts.SelectMany(Sides));
        foreach (IGrouping<string, string> reason in sides.Concat(contrasts).Where(score => score.Value is null).Select(score => score.Reason)
            .GroupBy(text => text).OrderByDescending(same => same.Count()).Take(Reasons))
            run.Say(string.Create(CultureInfo.InvariantCulture, $"{word} did not score {reason.Count():N0} answers: {reason.Key}"));
        return new(word, [.. sides.Chunk(2).Select(pair => (pair[0], pair[1]))], [.. contrasts.Chunk(4)], seconds);

        LearnedScore[] Ask(IEnumerable<Completion> completions) =>
            [.. completions.Chunk(2 * batch).SelectMany(part => reward.ScoreAsync(part, run.Token).GetAwaiter().GetResult())];
    }

    private static Completion[] Sides(ContrastPair one) =>
    [
        new(one.First.Example, one.First.Chosen), new(one.First.Example, one.First.Rejected),
        new(one.Second.Example, one.Second.Rejected), new(one.Second.Example, one.Second.Chosen),
    ];
}
