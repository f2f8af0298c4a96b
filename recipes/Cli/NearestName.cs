namespace Recipes.Cli;

/// <summary>Finds what a misspelled name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The nearest of the names, or null where none is near: more than a third of the letters differ.
    /// </summary>
    public static string? Of(string typed, IEnumerable<string> names) =>
        names.Select(name => (name, distance: Distance(typed, name)))
            .Where(pair => pair.distance <= Math.Max(2, typed.Length / 3))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.name, StringComparer.Ordinal)
            .Select(pair => pair.name).FirstOrDefault();

    /// <summary>
    /// Fewest insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
    /// </summary>
    /// <remarks>Optimal string alignment: Damerau 1964, https://doi.org/10.1145/363958.363994.</remarks>
    public static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
                cost[i, j] = i == 0 ? j : j == 0 ? i : Cell(i, j);
        return cost[a.Length, b.Length];

        int Cell(int i, int j)
        {
            int change = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            int least = Math.Min(change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            return swapped ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
        }
    }
}
