using System.Text.Json;
using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>A run that was cut off goes on as if nothing had happened; one that is interrupted says how.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class ResumeTests(RecipeRuns runs)
{
    private const int Steps = 4, Prompts = 16, Group = 8;

    [Fact]
    public void A_run_killed_in_the_middle_and_resumed_equals_one_that_never_stopped()
    {
        Outcome whole = runs.Run("grpo", Arguments("whole"));
        Assert.True(whole.ExitCode == 0, whole.Errors);

        using (RecipeProcess process = runs.Start("grpo", Arguments("cut")))
        {
            Assert.True(process.Appears(Checkpoint("cut", 2)));
            process.Kill();
            Assert.Equal(128 + 9, process.End().ExitCode);
        }
        Assert.False(Directory.Exists(Checkpoint("cut", Steps)), "the run ended before it was killed");
        Outcome resumed = runs.Run("grpo", "--resume", "--out", "cut");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.DoesNotContain("step 1/", resumed.Errors, StringComparison.Ordinal);

        AssertEqualFiles(run => Path.Combine(Checkpoint(run, Steps), "optimizer.safetensors"));
        AssertEqualFiles(run => runs.PathOf(run, "model", "model.safetensors"));
        Assert.Equal(Steps * Prompts * Group, Rows("whole").Length);
        Assert.Equal(Rows("whole"), Rows("cut"));
        AssertLearning();
    }

    [Fact]
    public void Ctrl_C_saves_and_says_how_to_go_on()
    {
        using RecipeProcess process = runs.Start("grpo", "--smoke", "--steps", "100000", "--save-steps", "100000",
            "--model", runs.Model, "--out", "stopped");
        string metrics = runs.PathOf("stopped", "metrics.jsonl");
        Assert.True(process.Appears(metrics));
        while (new FileInfo(metrics).Length == 0)
            Thread.Sleep(2);
        process.Interrupt();
        Outcome outcome = process.End();

        Assert.Equal(130, outcome.ExitCode);
        string saved = Assert.Single(Directory.GetDirectories(runs.PathOf("stopped", "checkpoints")));
        string[] lines = outcome.Errors.TrimEnd('\n').Split('\n');
        Assert.Contains("stopping after this step; once more to stop at once", lines);
        Assert.Equal(
            [
                $"interrupted; saved {Path.Combine("stopped", "checkpoints", Path.GetFileName(saved))}",
                "resume with: ./vlm grpo --resume --out stopped",
            ],
            lines[^2..]);
        Assert.False(File.Exists(runs.PathOf("stopped", "result.json")));
    }

    // Equal files prove little where no step changed a weight.
    private void AssertLearning()
    {
        byte[][] weights = [.. Enumerable.Range(1, Steps)
            .Select(step => File.ReadAllBytes(Path.Combine(Checkpoint("whole", step), "model.safetensors")))];
        Assert.All(weights.Zip(weights.Skip(1)), pair => Assert.False(pair.First.SequenceEqual(pair.Second)));
    }

    private static void AssertEqualFiles(Func<string, string> path) => Assert.True(
        File.ReadAllBytes(path("whole")).SequenceEqual(File.ReadAllBytes(path("cut"))),
        $"{Path.GetFileName(path("whole"))} differs");

    private string[] Rows(string run) =>
        [.. ParquetFile.Read(runs.PathOf(run, "rollouts.parquet")).Select(row =>
            JsonSerializer.Serialize(row.Columns.Select(column => row[column])))];

    private string Checkpoint(string run, int step) => runs.PathOf(run, "checkpoints", $"step-{step}");

    private string[] Arguments(string run) =>
    [
        "--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--prompts-per-step", $"{Prompts}", "--group-size", $"{Group}",
        "--kinds", "exists", "--learning-rate", "0.001", "--model", runs.Model, "--out", run,
    ];
}
