namespace Vlm.Grpo;

/// <summary>Curricula that take data sets in turn, spread evenly by their weights, and questions in shuffled passes.</summary>
internal static class InTurn
{
    /// <summary>Every question once in each pass. The questions of a step follow from its number and how many it has.</summary>
    public static CurriculumDraw Shuffled(CurriculumState state, CurriculumRequest request)
    {
        long first = (request.Step - 1) * request.Count;
        return Take(state.Asked == first ? state : After(first, request), request, (_, _) => false);
    }

    /// <summary>The same without questions whose success rate lies outside of a band.</summary>
    public static CurriculumDraw Band(CurriculumState state, CurriculumRequest request) => Take(
        state, request, (known, pass) => DifficultyBand.LeavesOut(known, pass, request.Options));

    /// <summary>The next question of a source.</summary>
    /// <param name="state">Where the curriculum stands.</param>
    /// <param name="request">The data.</param>
    /// <param name="source">Number of the source.</param>
    /// <param name="leavesOut">
    /// Whether a question of which something is known is passed over in a pass. Where all of a pass would be, the first of them is asked.
    /// </param>
    /// <returns>The question, where the curriculum stands then, and how many were passed over.</returns>
    public static (Question Question, CurriculumState State, long PassedOver) One(
        CurriculumState state, CurriculumRequest request, int source, Func<QuestionState?, long, bool> leavesOut)
    {
        (SourceState at, QuestionSource data) = (state.Sources[source], request.Sources[source]);
        long over = 0;
        while (over < (data.Count ?? 0) && Out(at.Position + over))
            over++;
        bool none = over > 0 && over == data.Count;
        long position = at.Position + (none ? 0 : over);
        return (new(source, data.Row(position), data.Pass(position)),
            state.With(source, at with { Position = position + 1, Asked = at.Asked + 1 }), none ? 0 : over);

        bool Out(long place) => leavesOut(
            at.Questions.TryGetValue(data.Row(place), out QuestionState known) ? known : null, data.Pass(place));
    }

    private static CurriculumDraw Take(CurriculumState state, CurriculumRequest request, Func<QuestionState?, long, bool> leavesOut)
    {
        var questions = new List<Question>();
        (double[] shares, long passedOver) = (request.Shares, 0);
        while (questions.Count < request.Count)
        {
            int source = WeightedDraw.Turn(shares, [.. state.Sources.Select(one => one.Asked)]);
            (Question question, state, long over) = One(state, request, source, leavesOut);
            questions.Add(question);
            passedOver += over;
        }

        return new(questions, state, StepStats.Of(($"{Metric.Curriculum}/passed_over", passedOver, request.Count)));
    }

    private static CurriculumState After(long asked, CurriculumRequest request)
    {
        double[] shares = request.Shares;
        var had = new long[shares.Length];
        for (long n = 0; n < asked; n++)
            had[WeightedDraw.Turn(shares, had)]++;
        return new([.. had.Select(count => SourceState.Start with { Position = count, Asked = count })]);
    }
}
