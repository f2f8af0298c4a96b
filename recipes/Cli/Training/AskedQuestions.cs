using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>Questions of a recipe that asks a model and trains nothing: of files, or of one generated data set.</summary>
public static class AskedQuestions
{
    /// <summary>Reads files and says what was read, or makes what is generated.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">As it was typed.</param>
    /// <param name="kinds">Kinds of questions that are kept of files; none for all.</param>
    /// <param name="reading">How files are read.</param>
    /// <param name="generated">The questions of a generated data set.</param>
    /// <param name="used">Names of properties of <paramref name="reading"/> that mean something without files too.</param>
    /// <exception cref="UsageException">A file or a row cannot be read, or an option says nothing of what is generated.</exception>
    public static IEnumerable<Example> Of(
        Run run, IReadOnlyList<string> data, IReadOnlyList<string> kinds, DatasetOptions reading,
        Func<GeneratedData, IEnumerable<Example>> generated, params string[] used)
    {
        if (DataName.Parse(data, reading.Dial) is [{ Generated: { } made }])
        {
            FilesOnly.RefuseFor(reading, data, [.. used, nameof(DatasetOptions.Dial)]);
            return generated(made);
        }

        var read = Dataset.Open(data, reading, run.Token);
        foreach (string line in read.Report.Lines())
            run.Say(line);
        return read.Examples.Where(example => kinds.Count == 0 || kinds.Contains(example.Kind));
    }
}
