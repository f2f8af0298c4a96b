using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Numbers of all answers together that several benchmarks have.</summary>
internal static class BenchmarkScores
{
    private const int Samples = 1000;

    /// <summary>The mean of what answers earned; its parts are the means over each value of what tables are split by: "split/human".</summary>
    public static CorpusScore Mean(IReadOnlyList<BenchmarkAnswer> answers) => new(
        answers.Average(answer => answer.Score.Value), answers.Count, answers.Count(answer => answer.Score.IsUnparsed()),
        [.. Parts(answers, group => group.Average(answer => answer.Score.Value))]);

    /// <summary>A number for each value of what tables are split by.</summary>
    public static IEnumerable<MetricPart> Parts(IReadOnlyList<BenchmarkAnswer> answers, Func<IReadOnlyList<BenchmarkAnswer>, double> number) =>
        answers.SelectMany(answer => answer.Question.Parts).Select(part => part.Key).Distinct().SelectMany(key => answers
            .SelectMany(answer => answer.Question.Parts.Where(part => part.Key == key).Select(part => (part.Value, answer)))
            .GroupBy(item => item.Value, item => item.answer).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricPart($"{key}/{group.Key}", number([.. group]), group.Count())));

    /// <summary>The mean over the values of one thing that tables are split by, each counted alike.</summary>
    public static CorpusScore MeanOf(IReadOnlyList<BenchmarkAnswer> answers, string key)
    {
        CorpusScore all = Mean(answers);
        double[] means = [.. all.Parts.Where(part => part.Name.StartsWith(key + "/", StringComparison.Ordinal)).Select(part => part.Value)];
        return means.Length == 0 ? all : all with { Value = means.Average() };
    }

    /// <summary>The mean over groups of questions that are right together: circular evaluation.</summary>
    /// <remarks>
    /// Liu et al. 2023, MMBench, arXiv:2307.06281, section 4.1. Sources: VLMEvalKit, vlmeval/dataset/utils/multiple_choice.py
    /// (mcq_circular_eval); lmms-eval, lmms_eval/tasks/mmbench/mmbench_evals.py. A group is right where each of its answers is; one that is
    /// unparsed fails it. The part "vanilla" is the mean over all answers.
    /// </remarks>
    public static CorpusScore Circular(IReadOnlyList<BenchmarkAnswer> answers)
    {
        BenchmarkAnswer[] whole =
            [.. answers.GroupBy(answer => answer.Question.Group).Select(group => group.MinBy(answer => answer.Score.Value)!)];
        CorpusScore score = Mean(whole);
        return score with
        {
            Unparsed = answers.Count(answer => answer.Score.IsUnparsed()),
            Parts = [new("vanilla", answers.Average(answer => answer.Score.Value), answers.Count), .. score.Parts],
        };
    }

    /// <summary>Percentiles 2.5 and 97.5 of a number over samples of the questions.</summary>
    public static Interval Bootstrap(IReadOnlyList<BenchmarkAnswer> answers, Func<IReadOnlyList<BenchmarkAnswer>, double> number)
    {
        BenchmarkAnswer[][] groups = [.. answers.GroupBy(answer => answer.Question.Group).Select(group => group.ToArray())];
        var random = new RandomStream(0, "bootstrap");
        double[] drawn = [.. Enumerable.Range(0, Samples).Select(
            _ => number([.. groups.SelectMany((_, _) => groups[random.Next(groups.Length)])]))];
        Array.Sort(drawn);
        return new(number(answers), drawn[(int)(0.025 * Samples)], drawn[(int)(0.975 * Samples) - 1]);
    }
}
