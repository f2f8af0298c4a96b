namespace Cli.Tests.Presets;

/// <summary>How other toolkits make advantages of the rewards of groups, in plain double arithmetic: one for each action.</summary>
/// <param name="rewards">Group by group.</param>
/// <param name="lengths">Actions of each completion, in one order.</param>
/// <returns>A row for each completion, in the same order.</returns>
internal delegate double[][] PeerAdvantage(double[][] rewards, int[] lengths);

/// <summary>Their formulas.</summary>
internal static class PeerAdvantages
{
    public static double Std(IReadOnlyList<double> values) =>
        Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Count - 1));

    // Standard deviations have n - 1; what is added to them is each toolkit's own.
    public static PeerAdvantage PerGroup(double epsilon) =>
        Each((group, _) => [.. group.Select(r => (r - group.Average()) / (Std(group) + epsilon))]);

    public static PeerAdvantage WholeBatch(double epsilon) =>
        Each((group, all) => [.. group.Select(r => (r - group.Average()) / (Std(all) + epsilon))]);

    public static PeerAdvantage Unscaled => Each((group, _) => [.. group.Select(r => r - group.Average())]);

    public static PeerAdvantage LeaveOneOut => Each((group, _) => [.. group.Select(r => r - (group.Sum() - r) / (group.Length - 1))]);

    // verl's GPG: alpha = all rewards over those that are not 0.
    public static PeerAdvantage Gpg => Each((group, all) =>
        [.. group.Select(r => (r - group.Average()) * all.Length / all.Count(one => one != 0))]);

    // W-REINFORCE and its parts: rewards of one half and more are right.
    public static PeerAdvantage Signed(double right, double wrong) => Each((group, _) => [.. group.Select(r => r >= 0.5 ? right : wrong)]);

    // OPO: the baseline counts each reward as often as its completion has tokens.
    public static PeerAdvantage Opo => (rewards, lengths) =>
    {
        int at = 0;
        return [.. rewards.SelectMany(group =>
        {
            int[] mine = lengths[at..(at += group.Length)];
            double baseline = group.Zip(mine, (r, length) => r * length).Sum() / mine.Sum();
            return group.Zip(mine, (r, length) => Enumerable.Repeat(r - baseline, length).ToArray());
        })];
    };

    // verl's REINFORCE++: whitened over the tokens; with gamma 1 the return of each token is the reward.
    public static PeerAdvantage Whitened => (rewards, lengths) => Whiten([.. rewards.SelectMany(group => group)
        .Zip(lengths, (r, length) => Enumerable.Repeat(r, length).ToArray())]);

    public static PeerAdvantage WhitenedDifferences => (rewards, lengths) => Whiten(Unscaled(rewards, lengths));

    // ms-swift's meaning of the name.
    public static PeerAdvantage OverStdOfDifferences(double epsilon) => (rewards, lengths) =>
    {
        double[] differences = [.. rewards.SelectMany(group => group.Select(r => r - group.Average()))];
        return [.. differences.Zip(lengths, (value, length) => Enumerable.Repeat(value / (Std(differences) + epsilon), length).ToArray())];
    };

    private static double[][] Whiten(double[][] rows)
    {
        double[] all = [.. rows.SelectMany(row => row)];
        double mean = all.Average(), variance = Math.Pow(Std(all), 2);
        return [.. rows.Select(row => row.Select(value => (value - mean) / Math.Sqrt(variance + 1e-8)).ToArray())];
    }

    private static PeerAdvantage Each(Func<double[], double[], double[]> of) => (rewards, lengths) =>
    {
        double[] all = [.. rewards.SelectMany(group => group)];
        return [.. rewards.SelectMany(group => of(group, all)).Zip(lengths, (value, length) => Enumerable.Repeat(value, length).ToArray())];
    };
}
