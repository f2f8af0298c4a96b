namespace Vlm.Grpo;

/// <summary>A share of each step is asked again: questions that were answered wrong, the likelier the more often.</summary>
/// <remarks>
/// Prioritized sampling of Kimi k1.5, arXiv:2501.12599: P(i) is proportional to 1 - s[i], s the success rate. Differs from it: only
/// a share of the step is drawn so, without replacement, among questions that were asked before; the others are met in shuffled
/// passes as ever.
/// </remarks>
internal static class HardReplay
{
    public static CurriculumDraw Next(CurriculumState state, CurriculumRequest request)
    {
        bool[] again = [.. Enumerable.Range(0, request.Count)
            .Select(i => new RandomStream(request.Seed, "replay", request.Step, i).NextDouble() < request.Options.ReplayShare)];
        var hard = new Queue<Question>(Draw(state, again.Count(yes => yes), new(request.Seed, "replay-question", request.Step)));
        (int replayed, double[] shares) = (hard.Count, request.Shares);
        var questions = new List<Question>();
        foreach (bool yes in again)
        {
            if (yes && hard.TryDequeue(out Question known))
            {
                questions.Add(known);
                continue;
            }

            int source = WeightedDraw.Turn(shares, [.. state.Sources.Select(one => one.Asked)]);
            (Question question, state, _) = InTurn.One(state, request, source, (_, _) => false);
            questions.Add(question);
        }

        return new(questions, state, StepStats.Of(($"{Metric.Curriculum}/replayed", replayed, request.Count)));
    }

    /// <summary>Different questions that were answered wrong at least once when they were asked last, fewer where there are
    /// fewer.</summary>
    internal static Question[] Draw(CurriculumState state, int count, RandomStream random) =>
    [
        .. WeightedDraw.Several(
            state.Sources.SelectMany((source, i) => source.Questions
                .Select(pair => (Question: new Question(i, pair.Key, pair.Value.Pass), pair.Value.Success))),
            pair => 1 - pair.Success, count, random).Select(pair => pair.Question),
    ];
}
