using System.Globalization;
using Vlm;
using Vlm.Datasets;

namespace Recipes.Cli;

/// <summary>One of the data sets of a mixture as it is typed: "train.parquet", "shapes:0.5".</summary>
/// <param name="Path">A file, folder or glob, or the name of a generated data set.</param>
/// <param name="Weight">How often it is taken, among the others.</param>
/// <param name="Generated">The generated data set of that name; null for files.</param>
internal sealed record DataName(string Path, double Weight, GeneratedData? Generated)
{
    /// <summary>Reads a word. What follows the last colon is a weight where it is a number and no such file is there.</summary>
    /// <exception cref="UsageException">A weight that is not above 0.</exception>
    public static DataName Parse(string word)
    {
        int colon = word.LastIndexOf(':');
        if (colon < 1 || System.IO.Path.Exists(word)
            || !double.TryParse(word[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
            return Of(word, 1);
        return weight > 0 && double.IsFinite(weight) ? Of(word[..colon], weight) : throw new UsageException(
            $"a part of the mixture has weight {OptionText.Show(weight)}", $"--data {word}", $"{word[..colon]}:1, or the mixture without it");
    }

    private static DataName Of(string path, double weight) => new(path, weight,
        !System.IO.Path.Exists(path) && GeneratedData.Table.Contains(path) ? GeneratedData.Table[path] : null);
}
