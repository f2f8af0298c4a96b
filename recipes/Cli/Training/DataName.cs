using Vlm;
using Vlm.Datasets;

namespace Recipes.Cli;

/// <summary>One of the data sets of a mixture.</summary>
/// <param name="Path">A file, folder or glob, or the name of a generated data set.</param>
/// <param name="Weight">How often it is taken, among the others.</param>
/// <param name="Generated">The generated data set of that name; null for files.</param>
public sealed record DataName(string Path, double Weight, GeneratedData? Generated)
{
    /// <summary>Reads all words, and sets the dial of what is generated.</summary>
    /// <param name="words">As they were typed.</param>
    /// <param name="dial">As <see cref="DatasetOptions.Dial"/>.</param>
    /// <exception cref="UsageException">There is a dial, and nothing that has one.</exception>
    public static DataName[] Parse(IEnumerable<string> words, int? dial)
    {
        DataName[] names = [.. words.Select(Parse)];
        if (dial is not { } set)
            return names;
        if (!names.Any(name => name.Generated?.Dialled is not null))
            throw WithoutItsData(names.Select(name => name.Path), set);
        return [.. names.Select(name => name.Generated?.Dialled is { } dialled ? name with { Generated = dialled(set) } : name)];
    }

    /// <summary>A dial was set, and nothing has one.</summary>
    /// <param name="data">As it was typed.</param>
    /// <param name="dial">The setting.</param>
    internal static UsageException WithoutItsData(IEnumerable<string> data, int dial) => new(
        "a dial without its data: only guide, which is generated, has one",
        FormattableString.Invariant($"--data {string.Join(' ', data)} --dial {dial}"), "--data guide, or leave out --dial");

    /// <summary>Reads a word, as <see cref="WeightedPath.Parse"/> does.</summary>
    public static DataName Parse(string word)
    {
        (string path, double weight) = WeightedPath.Parse(word);
        bool generated = !System.IO.Path.Exists(path) && GeneratedData.Table.Contains(path);
        return new(path, weight, generated ? GeneratedData.Table[path] : null);
    }
}
