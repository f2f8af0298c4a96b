using System.Globalization;

namespace Vlm.Datasets;

/// <summary>One of the data sets of a mixture as it is typed: "train.parquet", "b.jsonl:0.5".</summary>
/// <param name="Path">A file, folder or glob, or the name of a generated data set.</param>
/// <param name="Weight">How often it is taken, among the others; above 0.</param>
public sealed record WeightedPath(string Path, double Weight)
{
    private const int Drive = 1;        // "C:2" is a file on a drive of Windows

    /// <summary>Reads a word. What follows the last colon is a weight where it is a number and no such file is there.</summary>
    /// <exception cref="UsageException">A weight that is not above 0, or no path.</exception>
    public static WeightedPath Parse(string word)
    {
        if (string.IsNullOrWhiteSpace(word) || word.Contains('\0', StringComparison.Ordinal))
            throw new UsageException(
                "the path of the data is empty, or holds a zero", $"\"{word}\"", "the path of a .parquet, .jsonl, .json or .csv file");
        int colon = word.LastIndexOf(':');
        if (colon <= Drive || System.IO.Path.Exists(word)
            || !double.TryParse(word.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
            return new(word, 1);
        string path = word[..colon];
        return weight > 0 && double.IsFinite(weight) ? new(path, weight) : throw new UsageException(
            $"the weight of {path} is {word[(colon + 1)..]}; it must be above 0", word, $"{path}:1, or leave it out");
    }
}
