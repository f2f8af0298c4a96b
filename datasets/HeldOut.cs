namespace Vlm.Datasets;

/// <summary>Chooses which examples are held out.</summary>
internal static class HeldOut
{
    private const int FewestGroups = 2;

    /// <summary>Holds out whole groups of examples that share an image, or a question where they have none.</summary>
    /// <param name="examples">All of them.</param>
    /// <param name="share">Above 0 and below 1.</param>
    /// <param name="seed">Which.</param>
    /// <returns>For each example whether it is held out, and in words how they were chosen.</returns>
    /// <exception cref="UsageException">There are fewer than two examples.</exception>
    public static (bool[] Held, string How) Choose(IReadOnlyList<Example> examples, double share, long seed)
    {
        if (examples.Count < 2)
            throw new UsageException("one example cannot be parted", $"{nameof(DatasetOptions.Split)}", "a file with at least two rows");
        int[] groups = Groups(examples);
        bool byRow = groups.Distinct().Count() < FewestGroups;
        if (byRow)
            groups = [.. Enumerable.Range(0, examples.Count)];
        HashSet<int> chosen = Chosen(groups, Math.Max(1, (int)Math.Round(share * examples.Count)), seed);
        return ([.. groups.Select(chosen.Contains)], byRow
            ? "by row: all examples share an image or a question, so both parts have it"
            : "by image: no image, and of rows without images no question, is in both");
    }

    // Groups in a random order, until there are enough examples; never the last group, so that some are left to train on.
    private static HashSet<int> Chosen(int[] groups, int wanted, long seed)
    {
        (int Group, int Count)[] order = [.. groups.CountBy(group => group).Select(pair => (pair.Key, pair.Value))];
        new RandomStream(seed, "dataset-split").Shuffle<(int, int)>(order);
        var chosen = new HashSet<int>();
        int count = 0;
        foreach ((int group, int size) in order.Take(order.Length - 1))
            if (count < wanted && (count == 0 || count + size - wanted <= wanted - count))
            {
                chosen.Add(group);
                count += size;
            }

        return chosen;
    }

    // Examples that share any image are of one group (union-find).
    private static int[] Groups(IReadOnlyList<Example> examples)
    {
        int[] parent = [.. Enumerable.Range(0, examples.Count)];
        var owner = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < examples.Count; i++)
            foreach (string key in Keys(examples[i]))
                if (owner.TryGetValue(key, out int other))
                    parent[Root(i)] = Root(other);
                else
                    owner[key] = i;
        return [.. Enumerable.Range(0, examples.Count).Select(Root)];

        int Root(int place)
        {
            while (parent[place] != place)
                place = parent[place] = parent[parent[place]];
            return place;
        }
    }

    /// <summary>What tells an example from others: its images, or its question where it has none.</summary>
    internal static IEnumerable<string> Keys(Example example) => example.Images.Count == 0
        ? [example.Question] : example.Images.Select(image => image.Identity(example.Id));
}
