using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>Where pairs of answers come from: files, or generated drawings.</summary>
public static class PairFiles
{
    private const string Drawings = "shapes";

    /// <summary>True where the words name generated drawings, and no file of that name is there.</summary>
    /// <param name="data">As it was typed.</param>
    public static bool AreGenerated(IReadOnlyList<string> data) => data is [Drawings] && !Path.Exists(Drawings);

    /// <summary>Which of the words are files, and whether one of them names generated drawings.</summary>
    /// <param name="data">As it was typed.</param>
    public static (string[] Files, bool Generated) Divided(IReadOnlyList<string> data)
    {
        string[] files = [.. data.Where(word => !AreGenerated([word]))];
        return (files, files.Length < data.Count);
    }

    /// <summary>Reads files, and says what was read.</summary>
    /// <param name="run">The run.</param>
    /// <param name="paths">Files, folders or globs.</param>
    /// <param name="reading">How.</param>
    /// <exception cref="UsageException">A file or a row cannot be read, or is no pair.</exception>
    public static PreferenceData Read(Run run, IReadOnlyList<string> paths, DatasetOptions reading)
    {
        var read = PreferenceData.Open(paths, reading, run.Token);
        foreach (string line in read.Report.Lines())
            run.Say(line);
        return read;
    }
}
