using System.Globalization;
using Recipes.Cli;
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
    /// <summary>Reads or makes the pairs that the options name.</summary>
    /// <exception cref="UsageException">
    /// A file or a row cannot be read, or both sides of a pair are equal; an option of files is set, and there are none.
    /// </exception>
    public static PreferencePairs Open(Run run, RewardModelOptions options)
    {
        PairOptions from = options.Pairs;
        (string[] files, bool generated) = PairFiles.Divided(from.Data);
        if (files.Length == 0 && PairFiles.Divided(from.Eval).Files.Length == 0)
            FilesOnly.RefuseFor(options.Reading, from.Data);
        var train = new List<Preference>(generated ? ShapesPreferences.Pairs(run.Seed, Split.Train, from.GeneratedPairs) : []);
        var held = new List<Preference>(generated && from.Eval.Length == 0 ? Generated(from.EvalLimit) : []);
        if (files.Length > 0)
        {
            (IReadOnlyList<Preference> own, IReadOnlyList<Preference> rest) =
                PairFiles.Read(run, files, options.Reading).Parts(options.Reading.Split, run.Seed, measured: from.Eval.Length > 0);
            train.AddRange(own);
            held.AddRange(rest);
        }
        held.AddRange(Measured(run, options));
        var pairs = new PreferencePairs(Noisy(train, from.LabelNoise, run.Seed), HeldOutChoice.Of(held, from.EvalLimit));
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{pairs.Train.Count:N0} pairs to train on, {pairs.HeldOut.Count:N0} held out"));
        return pairs;
    }

    /// <summary>All training pairs without end, each once in a pass.</summary>
    /// <param name="seed">Of the order.</param>
    public PairStream Stream(long seed) => new(Train, seed);

    private static IEnumerable<Preference> Measured(Run run, RewardModelOptions options)
    {
        (string[] files, bool generated) = PairFiles.Divided(options.Pairs.Eval);
        return [.. generated ? Generated(options.Pairs.EvalLimit) : [], .. files.Length > 0 ? PairFiles.Read(run, files, options.Reading).Pairs : []];
    }

    private static Preference[] Generated(int count) => [.. ShapesPreferences.Pairs(0, Split.Test, count)];

    private static List<Preference> Noisy(List<Preference> pairs, double share, long seed)
    {
        if (share == 0)
            return pairs;
        int[] order = [.. Enumerable.Range(0, pairs.Count)];
        new RandomStream(seed, "label-noise").Shuffle<int>(order);
        HashSet<int> swapped = [.. order.Take((int)Math.Round(share * pairs.Count))];
        return [.. pairs.Select((pair, i) => swapped.Contains(i) ? pair.Flipped : pair)];
    }
}

/// <summary>Pairs in the order in which a training meets them. For one thread.</summary>
/// <param name="pairs">All pairs.</param>
/// <param name="seed">Of the order.</param>
/// <param name="among">Numbers of those that are met; null for all.</param>
sealed class PairStream(IReadOnlyList<Preference> pairs, long seed, int[]? among = null)
{
    private readonly PassOrder _order = new(among?.Length ?? pairs.Count, pass => new(seed, "pairs", pass));

    /// <summary>The pairs of a step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="count">Pairs of a step.</param>
    public DrawnPair[] Step(long step, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        long position = ((step - 1) * count) + i;
        int index = among?[_order[position]] ?? _order[position];
        return new DrawnPair(index, pairs[index], position);
    })];
}
