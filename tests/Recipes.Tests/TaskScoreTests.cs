using System.Text.Json.Nodes;
using Vlm.Datasets;
using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>./vlm score --task: every benchmark is asked of its sample, and what cannot be scored is refused in three lines.</summary>
[Collection(nameof(RecipeRunsGroup))]
public sealed class TaskScoreTests(RecipeRuns runs)
{
    [Fact]
    public void Every_task_is_scored_on_its_sample_in_one_call()
    {
        string[] tasks = [.. Benchmark.Table.Names];
        string[] files = [.. tasks.Select(task => Sample($"{task}.jsonl"))];

        Outcome outcome = runs.Run("score", ["--model", runs.Model, "--task", .. tasks, "--data", .. files, "--max-new-tokens", "3", "--out", "tasks"]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonObject scores = JsonNode.Parse(File.ReadAllText(runs.PathOf("tasks", "result.json")))!["tasks"]!.AsObject();
        Assert.Equal(tasks, scores.Select(score => score.Key));
        Assert.All(scores, score =>
        {
            (double value, double low, double high) = ((double)score.Value!["value"]!, (double)score.Value["low"]!, (double)score.Value["high"]!);
            Assert.True(low <= value && value <= high, score.Key);
            Assert.Equal(3, (int)score.Value["questions"]!);
            Assert.Contains($"{score.Key}: {Benchmark.Table[score.Key].Metric} ", outcome.Output, StringComparison.Ordinal);
        });
        TableRow[] answers = [.. ParquetFile.Read(runs.PathOf("tasks", "answers.parquet"))];
        Assert.Equal(3 * tasks.Length, answers.Select(row => (string)row["id"]!).Distinct().Count());
        Assert.Equal(scores.Sum(score => (int)score.Value!["unparsed"]!), answers.Count(row => (bool)row["unparsed"]!));
        Assert.All(answers, row => Assert.NotEmpty((string)row["question"]!));
        Assert.True(File.Exists(runs.PathOf("tasks", "report.html")));
    }

    // The same answers, counted by another's rules.
    [Fact]
    public void A_harness_is_followed_and_circular_questions_are_asked_four_times()
    {
        Outcome outcome = runs.Run("score", "--model", runs.Model, "--task", "ai2d", "--data", Sample("ai2d.jsonl"), "--mode", "vlmevalkit",
            "--choices", "circular", "--max-new-tokens", "3", "--out", "circular");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonNode score = JsonNode.Parse(File.ReadAllText(runs.PathOf("circular", "result.json")))!["tasks"]!["ai2d"]!;
        Assert.Equal((3, "vlmevalkit", "circular"), ((int)score["questions"]!, (string)score["mode"]!, (string)score["choices"]!));
        Assert.Equal(12, ParquetFile.Read(runs.PathOf("circular", "answers.parquet")).Count());
        Assert.Contains("rules of vlmevalkit, right in every order of the options", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no task 'docvqe'", "--task", "docvqe", "--data", "docvqa.jsonl")]
    [InlineData("tasks are asked of files, and none is named", "--task", "docvqa")]
    [InlineData("2 tasks are asked of 1 files", "--task", "docvqa", "gqa", "--data", "docvqa.jsonl")]
    [InlineData("the task gqa is named twice", "--task", "gqa", "gqa", "--data", "gqa.jsonl", "gqa.jsonl")]
    [InlineData("--mode must be one of official, lmms-eval, vlmevalkit", "--task", "gqa", "--data", "gqa.jsonl", "--mode", "paper")]
    [InlineData("--mode means something with --task alone", "--mode", "lmms-eval")]
    [InlineData("--kinds must not be set with --task", "--task", "gqa", "--data", "gqa.jsonl", "--kinds", "color")]
    [InlineData("1,024 new ones are asked for, and the model's context is ", "--task", "gqa", "mmbench", "--data", "gqa.jsonl", "mmbench.jsonl")]
    [InlineData("docvqa needs the answers", "--task", "docvqa", "--data", "gqa.jsonl", "--ignore-columns", "answer")]
    public void What_cannot_be_scored_is_refused(string problem, params string[] words)
    {
        Outcome outcome = runs.Run("score", ["--model", runs.Model, .. words.Select(word => word.EndsWith(".jsonl", StringComparison.Ordinal) ? Sample(word) : word), "--out", "wrong-task"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Contains(problem, outcome.Errors, StringComparison.Ordinal);
    }

    private static string Sample(string file) => Path.Combine(Repository.Root, "datasets", "samples", "benchmarks", file);
}
