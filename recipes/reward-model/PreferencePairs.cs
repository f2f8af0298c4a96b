using System.Globalization;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

/// <summary>A pair of the training data.</summary>
/// <param name="Index">Its place in the data.</param>
/// <param name="Pair">The pair, with the label as it is given.</param>
/// <param name="Number">Its place in the run: names its random numbers.</param>
sealed record DrawnPair(int Index, Preference Pair, long Number);

/// <summary>The pairs of a run.</summary>
/// <param name="Train">Learned from.</param>
/// <param name="HeldOut">Measured on.</param>
sealed record PreferencePairs(IReadOnlyList<Preference> Train, IReadOnlyList<Preference> HeldOut)
{
    private const string Drawings = "shapes";

    /// <summary>Reads or makes the pairs that the options name.</summary>
    /// <exception cref="UsageException">A file or a row cannot be read, or both sides of a pair are equal.</exception>
    public static PreferencePairs Open(Run run, RewardModelOptions options)
    {
        PairOptions from = options.Pairs;
        (IReadOnlyList<Preference> train, IReadOnlyList<Preference> held) = from.Data is [Drawings]
            ? ([.. ShapesPreferences.Pairs(run.Seed, Split.Train, from.GeneratedPairs)], ShapesPreferences.Pairs(0, Split.Test, from.EvalLimit).ToArray())
            : Read(run, from.Data, options).Parts(options.Reading.Split, run.Seed, measured: from.Eval.Length > 0);
        if (from.Eval.Length > 0)
            held = from.Eval is [Drawings] ? [.. ShapesPreferences.Pairs(0, Split.Test, from.EvalLimit)]
                : Read(run, from.Eval, options).Pairs;
        var pairs = new PreferencePairs(Noisy(train, from.LabelNoise, run.Seed), Chosen(held, from.EvalLimit));
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{pairs.Train.Count:N0} pairs to train on, {pairs.HeldOut.Count:N0} held out"));
        return pairs;
    }

    /// <summary>The pairs of a step: all once in each pass, in an order of the pass and the seed.</summary>
    public DrawnPair[] Step(long step, int count, long seed) => Step(step, count, seed, Enumerable.Range(0, Train.Count).ToArray());

    /// <summary>The same of some of the pairs.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="count">Pairs of a step.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="among">Which pairs.</param>
    public DrawnPair[] Step(long step, int count, long seed, int[] among) => [.. Enumerable.Range(0, count).Select(i =>
    {
        long position = ((step - 1) * count) + i;
        int index = among[Order(among.Length, seed, position / among.Length)[position % among.Length]];
        return new DrawnPair(index, Train[index], position);
    })];

    private (long Seed, long Pass, int[] Order) _order = (0, -1, []);

    private int[] Order(int count, long seed, long pass)
    {
        if (_order.Seed != seed || _order.Pass != pass || _order.Order.Length != count)
        {
            int[] order = [.. Enumerable.Range(0, count)];
            new RandomStream(seed, "pairs", pass).Shuffle<int>(order);
            _order = (seed, pass, order);
        }
        return _order.Order;
    }

    private static IReadOnlyList<Preference> Noisy(IReadOnlyList<Preference> pairs, double share, long seed)
    {
        if (share == 0)
            return pairs;
        int[] order = [.. Enumerable.Range(0, pairs.Count)];
        new RandomStream(seed, "label-noise").Shuffle<int>(order);
        HashSet<int> swapped = [.. order.Take((int)Math.Round(share * pairs.Count))];
        return [.. pairs.Select((pair, i) => swapped.Contains(i) ? pair.Flipped : pair)];
    }

    private static PreferenceData Read(Run run, string[] paths, RewardModelOptions options)
    {
        var read = PreferenceData.Open(paths, options.Reading, run.Token);
        foreach (string line in read.Report.Lines())
            run.Say(line);
        return read;
    }

    private static Preference[] Chosen(IReadOnlyList<Preference> held, int limit)
    {
        Preference[] all = [.. held];
        if (all.Length > limit)
            new RandomStream(0, "held-out").Shuffle<Preference>(all);
        return [.. all.Take(limit)];
    }
}
