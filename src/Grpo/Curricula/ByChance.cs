namespace Vlm.Grpo;

/// <summary>Curricula that draw the data set of each question at random, and take its questions in shuffled passes.</summary>
internal static class ByChance
{
    /// <summary>By weight and temperature. The data set of the n-th question of a run depends on n alone.</summary>
    public static CurriculumDraw Mixture(CurriculumState state, CurriculumRequest request)
    {
        double[] shares = MixtureProportions.Of([.. request.Sources.Select(source => source.Weight)], request.Options.MixtureTemperature);
        long first = state.Asked;
        return Take(state, request, shares, i => new RandomStream(request.Seed, "mixture", first + i));
    }

    /// <summary>By how often each was answered right until now.</summary>
    public static CurriculumDraw SuccessRate(CurriculumState state, CurriculumRequest request)
    {
        double[] shares = Grpo.SuccessRate.Probabilities(
            [.. state.Sources.Select(source => source.Success ?? Grpo.SuccessRate.Unknown)], request.Options.SuccessTemperature,
            request.Options.SuccessMode, [.. request.Sources.Select(source => source.Weight)]);
        return Take(state, request, shares, i => new RandomStream(request.Seed, "success-rate", request.Step, i));
    }

    private static CurriculumDraw Take(
        CurriculumState state, CurriculumRequest request, double[] shares, Func<int, RandomStream> stream)
    {
        var questions = new List<Question>();
        for (int i = 0; i < request.Count; i++)
        {
            int source = WeightedDraw.One(shares, stream(i).NextDouble());
            (Question question, state, _) = InTurn.One(state, request, source, (_, _) => false);
            questions.Add(question);
        }

        return new(questions, state, Shares(questions, request));
    }

    private static StepStats Shares(List<Question> questions, CurriculumRequest request) => request.Sources
        .Select((source, i) => StepStats.Of(
            ($"{Metric.Curriculum}/share_{source.Name}", questions.Count(question => question.Source == i), questions.Count)))
        .Aggregate(StepStats.Empty, StepStats.Add);
}
