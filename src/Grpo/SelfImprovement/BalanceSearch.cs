namespace Vlm.Grpo;

/// <summary>One way of making a model's own training data, and what it is worth.</summary>
/// <param name="Temperature">That answers are sampled with.</param>
/// <param name="Threshold">Only answers of a higher score are chosen.</param>
/// <param name="Balance">Mean balance score on the queries that were tried; NaN where nothing was chosen.</param>
public readonly record struct BalancePoint(double Temperature, double Threshold, double Balance);

/// <summary>Finds the temperature and the threshold whose answers balance exploration and exploitation best. Pure.</summary>
/// <remarks>B-STaR, Zeng et al. 2024, arXiv:2412.17256, algorithm 1; github.com/hkust-nlp/B-STaR, determine_hyper.py.</remarks>
public static class BalanceSearch
{
    /// <summary>The thresholds that are tried: -1 to 1 in steps of 0.01.</summary>
    public static IReadOnlyList<double> PaperThresholds { get; } = [.. Enumerable.Range(-100, 201).Select(i => i / 100.0)];

    /// <summary>The temperatures of the paper: 0.5 to 1.2 in steps of 0.05.</summary>
    public static IReadOnlyList<double> PaperTemperatures { get; } = [.. Enumerable.Range(10, 15).Select(i => i / 20.0)];

    /// <summary>What each threshold is worth at one temperature.</summary>
    /// <param name="temperature">That the answers were sampled with.</param>
    /// <param name="answers">To the queries that are tried.</param>
    /// <param name="size">How many answers are wanted in all.</param>
    /// <param name="target">The number of right answers to a query that is enough.</param>
    public static IEnumerable<BalancePoint> Points(
        double temperature, AnswerSelection answers, int size, int target = QueryBalance.PaperTarget) =>
        PaperThresholds.Select(threshold =>
            new BalancePoint(temperature, threshold, QueryBalance.Mean(answers.Count(threshold, size), target)));

    /// <summary>The best of a table; of equals the first, and nothing chosen is worse than all else.</summary>
    /// <param name="table">One point at least.</param>
    public static BalancePoint Best(IEnumerable<BalancePoint> table) =>
        table.MaxBy(point => double.IsNaN(point.Balance) ? double.NegativeInfinity : point.Balance);
}
