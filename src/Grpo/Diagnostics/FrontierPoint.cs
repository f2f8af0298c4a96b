using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>The answers to one question.</summary>
/// <param name="Rewards">What each earned; finite.</param>
/// <param name="Texts">What each says.</param>
/// <param name="Nats">Entropy over tokens of each, summed over its actions.</param>
public sealed record AnswerGroup(IReadOnlyList<double> Rewards, IReadOnlyList<string> Texts, IReadOnlyList<double> Nats);

/// <summary>What a policy earns and how widely it explores at one temperature.</summary>
/// <param name="Temperature">Of sampling; NaN where it lies between two that were measured.</param>
/// <param name="Nats">N: mean over answers of the entropy over tokens, summed over the answer's actions.</param>
/// <param name="Reward">Mean over answers.</param>
/// <param name="BestOf">Reward of the best of n answers to a question, mean over questions.</param>
/// <param name="FracRewardZeroStd">Share of questions whose answers all earned the same, 0 to 1.</param>
/// <param name="DistinctAnswers">Mean over questions of the number of different answers.</param>
public sealed record FrontierPoint(
    double Temperature, double Nats, double Reward, double BestOf, double FracRewardZeroStd, double DistinctAnswers)
{
    /// <summary>Sums up groups.</summary>
    /// <param name="temperature">They were sampled at.</param>
    /// <param name="groups">At least one; each of n answers at least.</param>
    /// <param name="n">
    /// Answers of which the best counts; of larger groups it is expected over which n are drawn (<see cref="Samples.BestOf"/>).
    /// </param>
    /// <exception cref="ArgumentException">
    /// No group, one of fewer than n answers, lists that are not as long, or a number that is not finite.
    /// </exception>
    public static FrontierPoint Of(double temperature, IReadOnlyList<AnswerGroup> groups, int n = Frontier.GroupSize)
    {
        if (groups.Count == 0)
            throw new ArgumentException("there is no group of answers", nameof(groups));
        foreach (AnswerGroup group in groups)
            Check(group, n);
        return new(temperature, groups.SelectMany(group => group.Nats).Average(), groups.SelectMany(group => group.Rewards).Average(),
            groups.Average(group => Samples.BestOf(group.Rewards, group.Rewards, n)),
            groups.Average(group => GroupRelative.HasNoSpread([.. group.Rewards]) ? 1.0 : 0),
            groups.Average(group => group.Texts.Select(text => text.Trim()).Distinct(StringComparer.Ordinal).Count()));
    }

    /// <summary>The point so far on the way to another, in a straight line.</summary>
    internal FrontierPoint Towards(FrontierPoint other, double share)
    {
        double Between(Func<FrontierPoint, double> of) => of(this) + (share * (of(other) - of(this)));
        return share == 0 ? this : share == 1 ? other : new(double.NaN, Between(at => at.Nats), Between(at => at.Reward),
            Between(at => at.BestOf), Between(at => at.FracRewardZeroStd), Between(at => at.DistinctAnswers));
    }

    private static void Check(AnswerGroup group, int n)
    {
        int count = group.Rewards.Count;
        if (count < n || group.Texts.Count != count || group.Nats.Count != count)
            throw new ArgumentException(
                $"{count} rewards, {group.Texts.Count} texts and {group.Nats.Count} entropies are no group of at least {n}", nameof(group));
        if (!group.Rewards.Concat(group.Nats).All(double.IsFinite))
            throw new ArgumentException("a reward or entropy is not finite", nameof(group));
    }
}
