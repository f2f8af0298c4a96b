using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;

/// <summary>How consistent a reward is.</summary>
/// <param name="Contrasts">Contrasts of which all four scores are there.</param>
/// <param name="NotScored">The others.</param>
/// <param name="Response">Response consistency, over all contrasts.</param>
/// <param name="Instruction">Instruction consistency, over those of one image and two questions.</param>
/// <param name="Image">Image consistency, over those of one question and two images.</param>
sealed record BenchConsistency(int Contrasts, int NotScored, double Response, double Instruction, double Image);

/// <summary>What was measured of one reward.</summary>
/// <param name="Reward">As it was typed.</param>
/// <param name="Pairs">Pairs of which both scores are there.</param>
/// <param name="NotScored">The others.</param>
/// <param name="Report">Over the pairs; null where none was scored.</param>
/// <param name="Consistency">Over the contrasts.</param>
/// <param name="Agreement">With what the truth says, over the pairs whose truth is known; null where there is none.</param>
/// <param name="CompletionsPerSecond">Answers of pairs that were asked for, scored or not, in a second.</param>
sealed record RewardResult(
    string Reward, int Pairs, int NotScored, PairReport? Report, BenchConsistency Consistency, RewardAgreement? Agreement,
    double CompletionsPerSecond)
{
    /// <summary>Sums up what a reward gave.</summary>
    public static RewardResult Of(BenchPairs bench, RewardScores scores)
    {
        int[] scored = [.. Enumerable.Range(0, bench.Pairs.Count).Where(i => scores.Pairs[i] is ({ Value: not null }, { Value: not null }))];
        ScoredPair[] pairs = [.. scored.Select(i => Pair(bench.Pairs[i], scores.Pairs[i]))];
        int[] known = [.. Enumerable.Range(0, scored.Length).Where(i => bench.Verified[scored[i]] is not null)];
        return new(
            scores.Reward, pairs.Length, bench.Pairs.Count - pairs.Length, pairs.Length == 0 ? null : PairReport.Of(pairs),
            Consistent(bench.Contrasts, scores.Contrasts),
            known.Length == 0 ? null
                : RewardAgreement.Of([.. known.Select(i => pairs[i])], [.. known.Select(i => bench.Verified[scored[i]]!.Value)]),
            2 * bench.Pairs.Count / scores.Seconds);
    }

    private static ScoredPair Pair(Preference pair, (LearnedScore Chosen, LearnedScore Rejected) scores) => new(
        pair.Kind, scores.Chosen.Value!.Value, scores.Rejected.Value!.Value, pair.Chosen.Length, pair.Rejected.Length, pair.Strength);

    private static BenchConsistency Consistent(IReadOnlyList<ContrastPair> contrasts, IReadOnlyList<LearnedScore[]> scores)
    {
        (Contrast Varies, ContrastScores Scores)[] all = [.. contrasts.Zip(scores)
            .Where(one => one.Second.All(score => score.Value is not null))
            .Select(one => (one.First.Varies, Scores(one.Second)))];
        return new(
            all.Length, contrasts.Count - all.Length, Of(_ => true).Response,
            Of(varies => varies == Contrast.Instruction).Question, Of(varies => varies == Contrast.Image).Question);

        ConsistencyReport Of(Predicate<Contrast> counts) =>
            ConsistencyReport.Of([.. all.Where(one => counts(one.Varies)).Select(one => one.Scores)]);

        static ContrastScores Scores(LearnedScore[] of) => new(of[0].Value!.Value, of[1].Value!.Value, of[2].Value!.Value, of[3].Value!.Value);
    }
}
