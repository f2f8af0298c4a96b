using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Rewards;

/// <summary>A question, and what was written to it.</summary>
sealed record ScoredRow(Example Example, string Completion);

/// <summary>Answers of files, and what they earn.</summary>
static class Answered
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The rows of files with what was written to them.</summary>
    /// <exception cref="UsageException">There is no file, or it cannot be read, or a row has nothing that was written.</exception>
    public static ScoredRow[] Rows(IReadOnlyList<string> files, RewardToolOptions options, CancellationToken cancel)
    {
        if (files.Count == 0)
            throw new UsageException("there is no truth and no file", "./vlm reward", "./vlm reward --truth 7 \"the answer is 7\", or a file");
        IReadOnlyList<string> columns = options.Completion is { } own ? [own] : WrittenAnswers.Columns;
        Dataset read = Dataset.Open(files, options.Reading with { Keep = columns }, cancel);
        return [.. read.Examples.Zip(read.Kept, (example, kept) => new ScoredRow(example, WrittenAnswers.Of(example, kept, columns)))];
    }

    /// <summary>A JSON line for each row; rewards that look at answers together see all rows.</summary>
    public static IEnumerable<string> Lines(ScoredRow[] rows, Func<Example, Example> paid)
    {
        Example[] examples = [.. rows.Select(row => paid(row.Example))];
        IReadOnlyList<TotalScore> scores = Example.Score(examples, [.. rows.Select(row => row.Completion)]);
        return scores.Select((score, i) => Line(examples[i], examples[i].Read(rows[i].Completion), score));
    }

    private static string Line(Example example, Answer answer, TotalScore score) => new JsonObject
    {
        ["id"] = example.Id,
        ["value"] = score.Value,
        ["correct"] = score.Accuracy is { } accuracy ? accuracy.Value >= 1 : null,
        ["reason"] = score.Parts.Count == 1 ? score.Parts[0].Score.Reason
            : string.Join("; ", score.Parts.Select(part => $"{part.Name}: {part.Score.Reason}")),
        ["answer"] = answer.Text,
        ["parts"] = new JsonObject([.. score.Parts.Select(part => KeyValuePair.Create<string, JsonNode?>(part.Name, new JsonObject
        {
            ["weight"] = part.Weight, ["value"] = part.Score.Value, ["reason"] = part.Score.Reason,
        }))]),
    }.ToJsonString(s_line);
}
