namespace Vlm.Grpo;

/// <summary>Random choices by weight. Pure but for the stream that is read.</summary>
internal static class WeightedDraw
{
    /// <summary>One index, each as often as its probability says.</summary>
    /// <param name="probabilities">At least one; they sum to 1.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    public static int One(IReadOnlyList<double> probabilities, double random)
    {
        for (int i = 0; i < probabilities.Count; i++)
            if ((random -= probabilities[i]) < 0)
                return i;
        return probabilities.Count - 1;
    }

    /// <summary>Several different items, each the likelier the larger its weight; all that have a weight where they are fewer.</summary>
    /// <remarks>Efraimidis and Spirakis 2006, https://doi.org/10.1016/j.ipl.2005.11.003: the largest of u^(1/w).</remarks>
    /// <param name="items">In a fixed order.</param>
    /// <param name="weight">0 or more; an item of weight 0 is never drawn.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">One number is read for each item that has a weight.</param>
    public static T[] Several<T>(IEnumerable<T> items, Func<T, double> weight, int count, RandomStream random) =>
    [
        .. items.Where(item => weight(item) > 0).Select(item => (Item: item, Key: Math.Log(1 - random.NextDouble()) / weight(item)))
            .ToArray().OrderByDescending(pair => pair.Key).Take(count).Select(pair => pair.Item),
    ];

    /// <summary>Whose turn it is where parts are taken in turn, spread evenly: the part that is furthest behind its share.</summary>
    /// <param name="shares">They sum to 1.</param>
    /// <param name="had">Turns that each has had.</param>
    public static int Turn(IReadOnlyList<double> shares, IReadOnlyList<long> had)
    {
        long next = had.Sum() + 1;
        return Enumerable.Range(0, shares.Count).MaxBy(i => (shares[i] * next) - had[i]);
    }
}
