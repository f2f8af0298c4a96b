using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm;
using Vlm.Datasets;
using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>./vlm spark: two periods in one log, a cache that outlives a stop; ./vlm score --self-judge.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class SparkTests(RecipeRuns runs)
{
    private const int Steps = 4, Prompts = 4, Group = 4, Period = 10;

    // Four questions a step make 4 judge items and up to 4 reflections: ten wait every second step, so a checkpoint between holds some.
    [Fact]
    public void A_run_that_goes_on_from_a_checkpoint_makes_the_same_items()
    {
        Run("spark-whole");
        Run("spark-cut");
        string waiting = File.ReadAllText(Checkpoint("spark-cut", 1, "co_evolution.json"));
        foreach (int step in (int[])[2, 3, 4])
            Directory.Delete(Checkpoint("spark-cut", step), recursive: true);
        Directory.Delete(runs.PathOf("spark-cut", "model"), recursive: true);
        File.Delete(runs.PathOf("spark-cut", "result.json"));
        Outcome resumed = runs.Run("spark", "--resume", "--out", "spark-cut");

        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.DoesNotContain("step 1/", resumed.Errors, StringComparison.Ordinal);
        Assert.NotEmpty(JsonNode.Parse(waiting)!.AsArray());
        foreach (string file in (string[])["optimizer.safetensors", "model.safetensors", "co_evolution.json"])
            Assert.Equal(File.ReadAllBytes(Checkpoint("spark-whole", Steps, file)), File.ReadAllBytes(Checkpoint("spark-cut", Steps, file)));
        Assert.NotEqual(File.ReadAllBytes(Checkpoint("spark-whole", Steps, "model.safetensors")),
            File.ReadAllBytes(Checkpoint("spark-whole", Steps - 1, "model.safetensors")));
        Assert.Equal(Rows("spark-whole"), Rows("spark-cut"));
        AssertPeriods();
        AssertItems();
        AssertResult();
    }

    // What a period asked stands in a file that reads back: the judge's own answers, right by the verifier, and their images.
    private void AssertItems()
    {
        string[] files = [.. Directory.GetFiles(runs.PathOf("spark-whole", "items")).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        Assert.Equal(files.Select(File.ReadAllBytes), files.Select(file => File.ReadAllBytes(runs.PathOf("spark-cut", "items", Path.GetFileName(file)))));
        Example[] items = [.. files.SelectMany(ParquetExamples.Read)];
        Assert.Equal(files.Length * Period, items.Length);
        Assert.All(items, item => Assert.Single(item.Images));
        Assert.All(items.Where(item => item.Kind != "reflection"), item => Assert.Contains(item.Answer, (string[])["Yes", "No", "A", "B"]));
        Assert.Equal(ParquetFile.Read(runs.PathOf("spark-whole", "rollouts.parquet")).Select(row => row.Get<string>("prompt"))
            .Where(prompt => prompt.Contains(':')).Distinct().Order(), items.Select(item => item.Id.Split('#')[0]).Distinct().Order());
    }

    private void AssertPeriods()
    {
        JsonObject[] lines = [.. File.ReadLines(runs.PathOf("spark-whole", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
        string[] prompts = [.. ParquetFile.Read(runs.PathOf("spark-whole", "rollouts.parquet")).Select(row => row.Get<string>("prompt"))];
        int waiting = 0, trained = 0;
        foreach (JsonObject line in lines)
        {
            waiting += new[] { "pointwise", "pairwise", "reflection" }.Sum(kind => (int)line[$"judge/items_{kind}"]!) - (int)line["judge/too_long"]!;
            Assert.Equal(waiting >= Period, line.ContainsKey("judge/step_s"));
            trained += waiting >= Period ? Period : 0;
            waiting -= waiting >= Period ? Period : 0;
            Assert.Equal(waiting, (int)line["judge/waiting"]!);
            Assert.Equal(Prompts, (int)line["judge/items_pointwise"]! + (int)line["judge/items_pairwise"]! + (int)line["judge/skipped"]!);
        }

        Assert.True(trained > 0, "no reward period");
        Assert.Equal(Steps * Prompts * Group, prompts.Count(prompt => !prompt.Contains(':')));
        Assert.Equal(trained * Group, prompts.Count(prompt => prompt.Split(':')[0] is "pointwise" or "pairwise" or "reflection"));
        Assert.Contains(lines, line => line.ContainsKey("eval/judge_pointwise"));
    }

    // Classes are balanced, so a coin earns half; this model answers yes or no, and letters never.
    private void AssertResult()
    {
        JsonObject result = JsonNode.Parse(File.ReadAllText(runs.PathOf("spark-whole", "result.json")))!.AsObject();
        foreach (string moment in (string[])["before", "after"])
            Assert.InRange((double)result["judge"]![moment]!["reward"]!, 0, 1);
        Assert.Equal(Steps, (int)result["steps"]!);
    }

    [Fact]
    public void A_learned_reward_is_no_verifier()
    {
        Outcome outcome = runs.Run("spark", "--smoke", "--model", runs.Model, "--reward", "rm:nowhere", "--out", "spark-learned");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("a learned reward is none", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_period_takes_no_fewer_items_than_a_step_makes()
    {
        Outcome outcome = runs.Run("spark", "--smoke", "--judge-items", "3", "--out", "spark-grows");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--period-items must be >= --judge-items + --reflection-items (4)", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_lets_the_model_judge_itself_and_says_what_came_of_it()
    {
        string[] words = ["--smoke", "--model", runs.Model, "--kinds", "exists"];
        Outcome plain = runs.Run("score", [.. words, "--out", "score-plain"]), judged = runs.Run("score", [.. words, "--self-judge", "2", "--out", "score-judged"]);
        Assert.True(plain.ExitCode == 0 && judged.ExitCode == 0, plain.Errors + judged.Errors);
        JsonObject before = Result("score-plain"), after = Result("score-judged"), self = after["self_judge"]!.AsObject();
        var answers = ParquetFile.Read(runs.PathOf("score-judged", "answers.parquet")).ToList();

        Assert.Equal((double)before["vqa_accuracy"]!, (double)self["accuracy_first"]!, 1e-9);
        Assert.Equal((double)after["vqa_accuracy"]!, (double)self["accuracy_last"]!, 1e-9);
        Assert.Equal(ParquetFile.Read(runs.PathOf("score-plain", "answers.parquet")).Select(row => row.Get<string>("answer")),
            answers.Select(row => row.Get<string>("first_answer")));
        Assert.Equal((long)self["tries"]!, answers.Sum(row => row.Get<long>("asked_again")));
        Assert.Equal((long)self["asked_again"]!, answers.Count(row => row.Get<long>("asked_again") > 0));
        Assert.Contains($"{self["asked_again"]} of 16 asked again", judged.Output, StringComparison.Ordinal);
    }

    private void Run(string name)
    {
        Outcome outcome = runs.Run("spark", "--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--prompts-per-step", $"{Prompts}",
            "--group-size", $"{Group}", "--judge-items", $"{Prompts}", "--reflection-items", $"{Prompts}", "--period-items", $"{Period}",
            "--eval-steps", "2", "--save-items", "--load-best-model-at-end", "false",
            "--kinds", "exists", "--learning-rate", "0.001", "--model", runs.Model, "--out", name);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
    }

    private JsonObject Result(string name) => JsonNode.Parse(File.ReadAllText(runs.PathOf(name, "result.json")))!.AsObject();

    private string[] Rows(string run) =>
        [.. ParquetFile.Read(runs.PathOf(run, "rollouts.parquet")).Select(row => JsonSerializer.Serialize(row.Columns.Select(column => row[column])))];

    private string Checkpoint(string run, int step, params string[] file) => runs.PathOf([run, "checkpoints", $"step-{step}", .. file]);
}
