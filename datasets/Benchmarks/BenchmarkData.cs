using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The questions of a benchmark's files, and what was read of them.</summary>
/// <param name="Questions">In the order of the files and their rows.</param>
/// <param name="Skipped">Bad rows that were skipped.</param>
public sealed record BenchmarkData(IReadOnlyList<BenchmarkQuestion> Questions, IReadOnlyList<SkippedRow> Skipped)
{
    /// <summary>Reads files in the layout of a benchmark.</summary>
    /// <remarks>What <see cref="Dataset"/> says of files, images, columns, conditions and bad rows is so here.</remarks>
    /// <param name="benchmark">Whose files.</param>
    /// <param name="paths">Files, folders or globs.</param>
    /// <param name="asking">How questions are asked.</param>
    /// <param name="options">Which rows; null for all.</param>
    /// <param name="cancel">Looked at before each row.</param>
    /// <exception cref="UsageException">
    /// No such file, a column that is missing, two rows with one id, an image that is missing, or no row at all.
    /// </exception>
    public static BenchmarkData Open(
        Benchmark benchmark, IReadOnlyList<string> paths, BenchmarkOptions asking, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        options = OptionsCheck.Validate(options ?? new DatasetOptions()).ForFiles();
        if (!benchmark.Modes.Contains(asking.Mode))
            throw new UsageException(
                $"{benchmark.Name} cannot be scored by the rules of {asking.Mode.Word()}", $"--mode {asking.Mode.Word()}",
                string.Join(", or ", benchmark.Modes.Select(mode => $"--mode {mode.Word()}")));
        var reader = new BenchmarkReader(benchmark, asking, options);
        var questions = new List<BenchmarkQuestion>();
        foreach (string file in paths.Select(DataPaths.Source).SelectMany(source => source.Files))
            foreach (BenchmarkQuestion question in reader.Read(file, cancel))
                questions.Add(question);
        return questions.Count > 0 ? new(Measured(), reader.Skipped) : throw new UsageException(
            $"no row of {benchmark.Name} was read", string.Join(' ', paths), reader.Skipped is [var first, ..]
                ? $"rows that can be read: {first.Problem}" : $"rows of {benchmark.Address}");

        BenchmarkQuestion[] Measured() => [.. benchmark.Among(questions, asking.Mode).Select(Paid)];

        BenchmarkQuestion Paid(BenchmarkQuestion question)
        {
            Reward metric = benchmark.RewardOf(question, asking.Mode);
            return question with { Example = question.Example with { Rewards = metric, Metric = metric } };
        }
    }

    /// <summary>Lines for people: how many questions, of which parts, and which rows were skipped.</summary>
    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{Questions.Count:N0} questions");
        foreach (SkippedRow row in Skipped)
            yield return $"skipped {row.Where}: {row.Problem}";
    }
}
