namespace Vlm.Grpo;

/// <summary>Advantages of a step brought to mean 0 and variance 1 over its actions. Pure, in double precision.</summary>
/// <remarks>As <see cref="Whitening"/>, but a number that counts for all actions of a rollout is not written out for each.</remarks>
internal static class TokenWhitening
{
    /// <param name="input">Says how many actions there are, and which rollouts count: the scored ones.</param>
    /// <param name="groups">One advantage for each rollout, or one for each of its actions.</param>
    public static Advantage[][] Apply(AdvantageInput input, Advantage[][] groups)
    {
        (int Group, int Member)[] scored =
            [.. groups.Index().SelectMany(group => group.Item.Select((_, i) => (group.Index, i)))
                .Where(at => input.IsScored(at.Index, at.i))];
        double count = Sum(_ => 1), mean = Sum(value => value) / count;
        double divisor = Whitening.Divisor(count, Sum(value => (value - mean) * (value - mean)));
        return input.Each((g, i) => groups[g][i].Map(value => (value - mean) / divisor));

        double Sum(Func<double, double> of) => scored.Sum(at =>
            groups[at.Group][at.Member].Map(of) is var one && one.Count is null
                ? one[0] * input.ActionsOf(at.Group, at.Member) : one.Mean * (one.Count ?? 0));
    }
}
