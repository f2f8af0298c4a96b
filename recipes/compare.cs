#!/usr/bin/env dotnet
// Put runs that measured the same methods beside each other: mean and sample deviation over seeds, as a Markdown table.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm compare runs/latent-1 runs/latent-2 runs/latent-3
//
// It reads the "rows" of each run's result.json, as latent-ablations writes them. Times are divided, run by run, by those of --unit,
// so that a slow machine counts on both sides.

using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Nodes;
using Recipes.Cli;
using Vlm;

return ToolCommand.Run<CompareOptions>(args, "compare", "mean and spread of runs that measured the same methods", tool =>
{
    if (tool.Words.Count == 0)
        throw new UsageException("there is no run to compare", "./vlm compare", "./vlm compare runs/latent-1 runs/latent-2");
    Dictionary<string, JsonObject>[] runs = [.. tool.Words.Select(Read)];
    string[] methods = [.. runs[0].Keys];
    foreach ((string folder, var run) in tool.Words.Zip(runs))
        if (methods.Except(run.Keys).Concat(run.Keys.Except(methods)).FirstOrDefault() is { } odd)
            throw new UsageException($"\"{odd}\" is not in all of these runs, so they did not measure the same", folder,
                "compare runs of one recipe with the same options but for the seed");

    tool.Out.WriteLine("| method | " + string.Join(" | ", Columns.Select(column => column.Name)) + " |");
    tool.Out.WriteLine("|---|" + string.Concat(Columns.Select(_ => "---|")));
    foreach (string method in methods)
        tool.Out.WriteLine($"| {method} | {string.Join(" | ", Columns.Select(column => Cell(column, method)))} |");
    tool.Out.WriteLine();
    tool.Out.WriteLine($"runs: {runs.Length}, seeds {string.Join(", ", tool.Words.Select(Seed))}");
    return RecipeCommand.Done;

    string Cell(Column column, string method)
    {
        double[] values = [.. runs.Select(run => column.Of(run[method])
            / (column.Relative && run.TryGetValue(tool.Options.Unit, out JsonObject? unit) ? column.Of(unit) : 1)).Where(double.IsFinite)];
        return values.Length == 0 ? "" : values.Length == 1 ? Show(values[0])
            : $"{Show(values.Average())} ± {Show(Deviation(values))}";

        string Show(double value) => value.ToString(column.Format, CultureInfo.InvariantCulture);
    }
}, computes: false, words: "run folders");

static Dictionary<string, JsonObject> Read(string folder)
{
    JsonArray rows = Json(folder)["rows"] as JsonArray
        ?? throw new UsageException("this run has no rows of methods", Path.Combine(folder, "result.json"),
            "./vlm latent-ablations, whose runs have them");
    return rows.ToDictionary(row => (string)row!["method"]!, row => row!.AsObject());
}

static JsonObject Json(string folder)
{
    string file = Path.Combine(folder, "result.json");
    return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject()
        : throw new UsageException("this is no finished run: it has no result.json", folder, $"./vlm latent-ablations --resume --out {folder}");
}

static string Seed(string folder) => $"{Json(folder)["seed"]}";

// Of a sample: n - 1.
static double Deviation(double[] values)
{
    double mean = values.Average();
    return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
}

/// <summary>One number of a method.</summary>
sealed record Column(string Name, string Format, Func<JsonObject, double> Of, bool Relative = false);

/// <summary>Which runs, and against what.</summary>
sealed record CompareOptions
{
    [Description("the method whose times are 1")]
    public string Unit { get; init; } = "token GRPO";
}

partial class Program
{
    private static readonly Column[] Columns =
    [
        .. new[] { "greedy", "sampled" }.SelectMany(how => new Column[]
        {
            new($"{how} VQA", "F1", row => 100 * Number(Scores(row, how)["vqa_accuracy"])),
            new("boxes", "F1", row => 100 * Number(Scores(row, how)["grounding_acc50"])),
            new("captions", "F3", row => Number(Scores(row, how)["caption_reward"])),
            new("reward", "F3", row => Number(Scores(row, how)["reward"])),
        }),
        new("1/cosine", "F3", row => Number(row["diversity"]!["value"])),
        new("answers in a group", "F2", row => Number(row["diversity"]!["distinct_answers"])),
        new("flat groups", "F2", row => Number(row["frac_reward_zero_std"])),
        new("rollout time", "F2", row => Number(row["rollout_seconds"]), Relative: true),
        new("update time", "F2", row => Number(row["update_seconds"]), Relative: true),
    ];

    // Runs of earlier versions call the sampled answers "drawn".
    private static JsonNode Scores(JsonObject row, string how) => (row[how] ?? row[how == "sampled" ? "drawn" : how])!;

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;
}
