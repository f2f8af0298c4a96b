using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Numbers of all answers together that several benchmarks have.</summary>
internal static class BenchmarkScores
{
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

    /// <summary>The mean over groups of questions that are right together: circular evaluation.</summary>
    /// <remarks>Liu et al. 2023, MMBench, arXiv:2307.06281, section 4.1. A group is right where each of its answers is.</remarks>
    public static CorpusScore Circular(IReadOnlyList<BenchmarkAnswer> answers)
    {
        BenchmarkAnswer[] whole = [.. answers.GroupBy(answer => answer.Question.Group).Select(group => group.MinBy(answer => answer.Score.Value)!)];
        return Mean(whole) with { Unparsed = answers.Count(answer => answer.Score.IsUnparsed()) };
    }
}
