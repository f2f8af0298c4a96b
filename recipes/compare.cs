#!/usr/bin/env dotnet
// Put runs beside each other: scores question by question with paired tests, or methods as mean and deviation over seeds; Markdown or HTML.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm compare runs/score-before runs/score-after               score runs of the same questions
//   ./vlm compare runs/latent-1 runs/latent-2 runs/latent-3
//
// Of score runs it reads answers.parquet: mean scores by kind, the difference to the first run with its 95 % interval (paired bootstrap),
// McNemar's exact test, and what is right or wrong now; --html writes a page too. Of others it reads the "rows" of result.json, as
// latent-ablations and latent-controls write them; where these keep the reward of each question, also how far each method is from
// --unit, with a 95 % interval over seeds and questions. Times are divided, run by run, by those of --unit, so that a slow machine counts on both sides.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;

return ToolCommand.Run<CompareOptions>(args, "compare", "mean and spread of runs that measured the same methods", tool =>
{
    if (tool.Words.Count == 0)
        throw new UsageException("there is no run to compare", "./vlm compare", "./vlm compare runs/latent-1 runs/latent-2");
    if (tool.Words.Any(ScoredRun.IsAt))
        return Scores(tool.Words, tool.Options, tool.Out);
    if (tool.Options.Html is { } page)
        throw new UsageException("pages are made of score runs", $"--html {page}", "./vlm compare runs/score-1 runs/score-2 --html compare.html");
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
    foreach (string line in Differences(runs, methods, tool.Options.Unit))
        tool.Out.WriteLine(line);
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

// Runs that keep the reward of each question: how far each method is from one, over seeds and questions.
static IEnumerable<string> Differences(IReadOnlyList<Dictionary<string, JsonObject>> runs, IReadOnlyList<string> methods, string unit)
{
    if (!methods.Contains(unit) || methods.Any(method => runs.Any(run => Rewards(run[method]).Length != Rewards(runs[0][unit]).Length || Rewards(run[method]).Length == 0)))
        yield break;
    yield return "";
    yield return $"| method | reward less {unit}'s | 95 % interval |";
    yield return "|---|---|---|";
    double[][] one = [.. runs.Select(run => Rewards(run[unit]))];
    foreach (string method in methods.Where(method => method != unit))
    {
        var found = PairedDifference.OfSeeds(one, [.. runs.Select(run => Rewards(run[method]))]);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"| {method} | {found.Difference.Mean:+0.000;-0.000;0.000} | {found.Difference.Low:+0.000;-0.000;0.000} to {found.Difference.High:+0.000;-0.000;0.000} |");
    }

    static double[] Rewards(JsonObject row) => [.. (row["rewards"] as JsonArray ?? []).Select(node => (double)node!)];
}

static int Scores(IReadOnlyList<string> folders, CompareOptions options, TextWriter output)
{
    if (folders.Count < 2)
        throw new UsageException("one run has nothing beside it", folders[0], "a second folder of ./vlm score");
    var table = new ScoreTable([.. folders.Select(ScoredRun.Read)], options.Examples);
    output.Write(table.Markdown());
    if (options.Html is { } file)
        CompleteFile.WriteText(file, table.Html());
    return RecipeCommand.Done;
}

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

    [Description("most examples of what got better and of what got worse, of score runs"), Range(0, 1000)]
    public int Examples { get; init; } = 5;

    [Description("page that is written too, of score runs")]
    public string? Html { get; init; }
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
        new("trainable", "N0", row => Number(row["trainable_parameters"])),
        new("nats an answer", "F2", row => Number(row["nats_per_answer"])),
        new("best of a group", "F3", row => Number(row["best_of_group"])),
        new("area under curve", "F3", Area),
        new("cpu s", "F0", row => Number(row["cpu_seconds"])),
        new("rollout time", "F2", row => Number(row["rollout_seconds"]), Relative: true),
        new("update time", "F2", row => Number(row["update_seconds"]), Relative: true),
    ];

    // Runs of earlier versions call the sampled answers "drawn".
    private static JsonNode Scores(JsonObject row, string how) => (row[how] ?? row[how == "sampled" ? "drawn" : how])!;

    // Under the rewards of held-out questions on the way.
    private static double Area(JsonObject row) => row["curve"] is JsonArray { Count: > 0 } points
        ? new RewardCurve([.. points.Select(point => new RewardPoint((long)point!["step"]!, (double)point["reward"]!))]).AreaUnderCurve
        : double.NaN;

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;
}
