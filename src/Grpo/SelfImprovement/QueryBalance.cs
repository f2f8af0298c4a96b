namespace Vlm.Grpo;

/// <summary>What was chosen of the answers to one query.</summary>
/// <param name="Answers">Different answers that were chosen.</param>
/// <param name="Right">Those of them that are right.</param>
public readonly record struct ChosenCount(int Answers, int Right);

/// <summary>How well the answers chosen to teach by balance exploration and exploitation: many that are right, and few that are wrong. Pure.</summary>
/// <remarks>
/// <code>
/// b = min(right / target, 1) x right / chosen
/// </code>
/// The query effect of B-STaR, Zeng et al. 2024, arXiv:2412.17256, equation 2; target is n* there.
/// </remarks>
public static class QueryBalance
{
    /// <summary>The number of right answers that is enough: the paper's.</summary>
    public const int PaperTarget = 8;

    /// <summary>The balance score of one query, 0 to 1; 0 where nothing was chosen.</summary>
    /// <param name="chosen">Answers to it that were chosen.</param>
    /// <param name="target">The number of right answers that is enough, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">More right answers than answers, or a target below 1.</exception>
    public static double Of(ChosenCount chosen, int target = PaperTarget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(chosen.Right, nameof(chosen));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chosen.Right, chosen.Answers, nameof(chosen));
        return chosen.Answers == 0 ? 0 : Math.Min((double)chosen.Right / target, 1) * chosen.Right / chosen.Answers;
    }

    /// <summary>The mean over the queries of which something was chosen, as the released code has it; NaN where nothing was.</summary>
    /// <param name="queries">What was chosen of each.</param>
    /// <param name="target">As in <see cref="Of"/>.</param>
    public static double Mean(IEnumerable<ChosenCount> queries, int target = PaperTarget)
    {
        double[] scores = [.. queries.Where(chosen => chosen.Answers > 0).Select(chosen => Of(chosen, target))];
        return scores.Length == 0 ? double.NaN : scores.Average();
    }
}
