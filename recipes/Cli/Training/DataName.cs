using Vlm.Datasets;

namespace Recipes.Cli;

/// <summary>One of the data sets of a mixture.</summary>
/// <param name="Path">A file, folder or glob, or the name of a generated data set.</param>
/// <param name="Weight">How often it is taken, among the others.</param>
/// <param name="Generated">The generated data set of that name; null for files.</param>
public sealed record DataName(string Path, double Weight, GeneratedData? Generated)
{
    /// <summary>Reads a word, as <see cref="WeightedPath.Parse"/> does.</summary>
    public static DataName Parse(string word)
    {
        (string path, double weight) = WeightedPath.Parse(word);
        bool generated = !System.IO.Path.Exists(path) && GeneratedData.Table.Contains(path);
        return new(path, weight, generated ? GeneratedData.Table[path] : null);
    }
}
