using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>All samples of one question.</summary>
/// <param name="Values">What each is worth: 1 where it is right, 0 where it is wrong, or between.</param>
/// <param name="Answers">What each says (<see cref="ExtractedAnswer"/>); null where nothing was found.</param>
/// <param name="Likings">How a scorer that does not know the truth likes each; null where none was asked.</param>
public sealed record SampledQuestion(IReadOnlyList<double> Values, IReadOnlyList<string?> Answers, IReadOnlyList<double>? Likings)
{
    /// <summary>The number of the sample that most samples agree with; null where nothing was found in any.</summary>
    public int? Elected => Samples.Majority(Answers);

    /// <summary>The number of the sample that the scorer likes best; the first where none was asked.</summary>
    public int Liked => Likings is null ? 0 : Samples.Best(Likings);
}

/// <summary>What several samples of each question are worth together.</summary>
/// <param name="Samples">Of each question.</param>
/// <param name="Mean">The mean over all samples: avg@n.</param>
/// <param name="PassAtK">
/// For k of 1, 2, 4 ... and all samples: the value of the best of k samples, expected without bias over which k are drawn. Of answers that
/// are right or wrong it is pass@k of Chen et al. 2021, arXiv:2107.03374, equation 1.
/// </param>
/// <param name="Majority">
/// The mean value of the samples that <see cref="Samples.Majority"/> elects (maj@n); a question without any vote counts 0.
/// </param>
/// <param name="BestOfN">The mean value of the samples that the scorer likes best; null where none was asked.</param>
public sealed record SampledScores(
    int Samples, double Mean, IReadOnlyDictionary<int, double> PassAtK, double Majority, double? BestOfN)
{
    /// <summary>Sums up.</summary>
    /// <param name="questions">At least one, each with as many samples.</param>
    public static SampledScores Of(IReadOnlyList<SampledQuestion> questions)
    {
        int samples = questions[0].Values.Count;
        return new(samples, questions.Average(question => question.Values.Average()),
            Ks(samples).ToDictionary(k => k, k => questions.Average(question =>
                Vlm.Rewards.Samples.BestOf(question.Values, question.Values, k))),
            questions.Average(question => question.Elected is { } elected ? question.Values[elected] : 0),
            questions[0].Likings is null ? null : questions.Average(question => question.Values[question.Liked]));
    }

    private static IEnumerable<int> Ks(int samples)
    {
        for (int k = 1; k < samples; k *= 2)
            yield return k;
        yield return samples;
    }
}
