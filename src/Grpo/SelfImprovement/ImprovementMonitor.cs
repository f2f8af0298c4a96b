using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What a model that teaches itself can still find, and how well a scorer picks from it. Pure.</summary>
/// <remarks>
/// B-STaR, Zeng et al. 2024, arXiv:2412.17256, section 3, watches exploration and exploitation apart:
/// <code>
/// exploration    pass@k, and how many different right answers a query has
/// exploitation   best-of-k: is the answer right that the scorer likes best; reward gap: its mean liking of right answers
///                less that of wrong ones, over the queries that have both
/// </code>
/// Pass@k and best-of-k are expected over which k of all samples are drawn.
/// </remarks>
public static class ImprovementMonitor
{
    /// <summary>Measures the answers to some queries, under parts of <see cref="Metric.Improvement"/>.</summary>
    /// <param name="queries">The answers to each query.</param>
    /// <param name="k">Answers that may be tried, at most as many as each query has.</param>
    /// <exception cref="ArgumentException">There is no query, or one has fewer than k answers.</exception>
    public static StepStats Of(IReadOnlyList<IReadOnlyList<Attempt>> queries, int k)
    {
        if (queries.Count == 0 || queries.Any(answers => answers.Count < k) || k < 1)
            throw new ArgumentException($"{queries.Count} queries do not have {k} answers each", nameof(queries));
        double[] gaps = [.. queries.Where(answers => answers.DistinctBy(answer => answer.IsRight).Count() > 1).Select(Gap)];
        StepStats stats = StepStats.Of(
            (Named($"pass_at_{k}"), queries.Sum(answers => Samples.PassAtK(answers.Count(answer => answer.IsRight), answers.Count, k)), queries.Count),
            (Named("distinct_right"), queries.Sum(DistinctRight), queries.Count),
            (Named($"best_of_{k}"), queries.Sum(answers => BestOf(answers, k)), queries.Count));
        return gaps.Length == 0 ? stats : stats + StepStats.Of((Named("reward_gap"), gaps.Sum(), gaps.Length));
    }

    private static string Named(string part) => $"{Metric.Improvement}/{part}";

    private static double DistinctRight(IReadOnlyList<Attempt> answers) =>
        answers.Where(answer => answer.IsRight).DistinctBy(answer => answer.Text, StringComparer.Ordinal).Count();

    private static double BestOf(IReadOnlyList<Attempt> answers, int k) =>
        Samples.BestOf([.. answers.Select(answer => answer.Liking)], [.. answers.Select(answer => answer.IsRight ? 1.0 : 0)], k);

    private static double Gap(IReadOnlyList<Attempt> answers) =>
        answers.Where(answer => answer.IsRight).Average(answer => answer.Liking)
        - answers.Where(answer => !answer.IsRight).Average(answer => answer.Liking);
}
