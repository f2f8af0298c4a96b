using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>What sft, grpo and ppo do around their updates: held-out data, the best checkpoint, early stop, dry run, resume.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class TrainingTests(RecipeRuns runs)
{
    private const int Steps = 4;

    // grpo is in ResumeTests. The evaluations of every step are in the log, and the critic in the checkpoint.
    [Theory]
    [InlineData("ppo", "--group-size", "4", "--kl-coef", "0.1")]
    [InlineData("sft", "--batch-size", "32")]
    public void A_run_killed_in_the_middle_and_resumed_equals_one_that_never_stopped(string recipe, params string[] own)
    {
        string whole = $"{recipe}-whole", cut = $"{recipe}-cut";
        string[] arguments = ["--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--eval-steps", "1", "--learning-rate", "0.001",
            "--load-best-model-at-end", "false", "--model", runs.Model, "--kinds", "exists", .. own];
        Outcome first = runs.Run(recipe, [.. arguments, "--out", whole]);
        Assert.True(first.ExitCode == 0, first.Errors);

        using (RecipeProcess process = runs.Start(recipe, [.. arguments, "--out", cut]))
        {
            Assert.True(process.Appears(Checkpoint(cut, 2)));
            process.Kill();
            _ = process.End();
        }
        Assert.False(Directory.Exists(Checkpoint(cut, Steps)), "the run ended before it was killed");
        Outcome resumed = runs.Run(recipe, "--resume", "--out", cut);
        Assert.True(resumed.ExitCode == 0, resumed.Errors);

        foreach (string file in Files(whole).Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal)))
            Assert.True(File.ReadAllBytes(runs.PathOf(whole, file)).SequenceEqual(File.ReadAllBytes(runs.PathOf(cut, file))), file);
        Assert.Equal(Evaluations(whole), Evaluations(cut));
        Assert.Equal(Steps, Evaluations(whole).Length);
        Assert.False(File.ReadAllBytes(Path.Combine(Checkpoint(whole, 1), "model.safetensors"))
            .SequenceEqual(File.ReadAllBytes(Path.Combine(Checkpoint(whole, Steps), "model.safetensors"))));
    }

    // Each step is so large that what the first left over is destroyed by the next ones.
    [Fact]
    public void A_run_ends_early_and_with_the_weights_of_its_best_evaluation()
    {
        string[] arguments = ["--smoke", "--steps", "9", "--save-steps", "100", "--eval-steps", "1", "--eval-limit", "40", "--batch-size", "32",
            "--learning-rate", "0.3", "--max-grad-norm", "0", "--model", runs.Model, "--kinds", "exists", "--early-stopping-patience", "2", "--out", "best"];

        Outcome outcome = runs.Run("sft", arguments);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        double[] rewards = [.. Metrics("best").Select(step => (double)step["eval/reward"]!)];
        int first = Array.IndexOf(rewards, rewards.Max()) + 1, best = Array.LastIndexOf(rewards, rewards.Max()) + 1;
        Assert.Equal(first + 2, rewards.Length);
        Assert.InRange(rewards.Length, 3, 8);
        JsonObject result = Json("best", "result.json");
        Assert.Equal((best, rewards.Length), ((int)result["best_step"]!, (int)result["steps"]!));
        Assert.Contains($"the evaluation of step {best} was the best", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(rewards[best - 1], (double)result["after"]!["reward"]!, 1e-9);
        Assert.True(File.ReadAllBytes(Path.Combine(Checkpoint("best", best), "model.safetensors"))
            .SequenceEqual(File.ReadAllBytes(runs.PathOf("best", "model", "model.safetensors"))));
    }

    [Theory]
    [InlineData("grpo")]
    [InlineData("ppo")]
    [InlineData("sft")]
    public void A_dry_run_says_what_it_takes_and_leaves_the_folder_free(string recipe)
    {
        string folder = $"dry-{recipe}";

        Outcome dry = runs.Run(recipe, "--smoke", "--dry-run", "--out", folder);

        Assert.True(dry.ExitCode == 0, dry.Errors);
        Assert.Matches(@"a step of \d+ prompts takes about [\d.]+ s\n", dry.Errors);
        Assert.Matches(@"2 steps and 2 evaluations take about \d+s\n", dry.Errors);
        Match memory = Regex.Match(dry.Errors, @"peak memory is about ([\d,]+) MB\n");
        Assert.InRange(int.Parse(memory.Groups[1].Value, System.Globalization.NumberStyles.AllowThousands), 100, 2000);
        Assert.False(File.Exists(runs.PathOf(folder, "result.json")));
        Assert.False(Directory.Exists(runs.PathOf(folder, "model")));
        Outcome real = runs.Run(recipe, "--smoke", "--out", folder);
        Assert.True(real.ExitCode == 0, real.Errors);
    }

    [Theory]
    [InlineData("--data shapes:0", "the weight of shapes is 0; it must be above 0", "shapes:0", "shapes:1, or leave it out")]
    [InlineData("--epochs 2", "generated data has no end, and so no epochs", "--epochs 2", "--steps 2")]
    [InlineData("--data nowhere.parquet", "there is no such file", "nowhere.parquet", null)]
    [InlineData("--metric-for-best-model loss --eval-steps 1", "--metric-for-best-model must be a metric of the held-out data", "--metric-for-best-model loss", null)]
    [InlineData("--reward iuo", "there is no reward 'iuo'", "--reward iuo", "iou")]
    [InlineData("--reward iou", "iou takes a truth of type region", "record ", null)]
    [InlineData("--max-prompt-length 10", "the prompt has", "record ", "a shorter question, or --skip-bad: its words alone are too long for any --max-pixels")]
    [InlineData("--max-prompt-length 40", "the prompt has", "record ", "--max-pixels with a smaller number, --skip-bad to leave such rows out")]
    [InlineData("--where true", "--where is of files, and there are none", "--data shapes", "--data FILE, or leave out --where")]
    [InlineData("--columns answer=b --eval none", "--columns is of files, and there are none", "--data shapes", "--data FILE, or leave out --columns")]
    [InlineData("--min-pixels 9 --max-pixels 4", "--min-pixels must be <= --max-pixels (4)", "--min-pixels 9", "--min-pixels 4")]
    public void What_cannot_work_is_said_before_the_first_step(string typed, string problem, string where, string? fix)
    {
        Outcome outcome = runs.Run("grpo", ["--smoke", "--out", "refused-training", .. typed.Split(' ')]);

        Assert.Equal(2, outcome.ExitCode);
        string[] lines = outcome.Errors.TrimEnd('\n').Split('\n')[^3..];
        Assert.StartsWith($"error: {problem}", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"   at: {where}", lines[1], StringComparison.Ordinal);
        if (fix is not null)
            Assert.Equal($"  try: {fix}", lines[2]);
        Assert.False(File.Exists(runs.PathOf("refused-training", "result.json")));
    }

    private JsonObject[] Metrics(string run) =>
        [.. File.ReadLines(runs.PathOf(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    private string[] Evaluations(string run) => [.. Metrics(run).Select(step => string.Join(' ', step
        .Where(metric => metric.Key.StartsWith("eval/", StringComparison.Ordinal)).Select(metric => $"{metric.Key}={metric.Value}").Order()))];

    private string[] Files(string run) => [.. Directory.GetFiles(runs.PathOf(run), "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(runs.PathOf(run), file))];

    private string Checkpoint(string run, int step) => runs.PathOf(run, "checkpoints", $"step-{step}");

    private JsonObject Json(params string[] path) => JsonNode.Parse(File.ReadAllText(runs.PathOf(path)))!.AsObject();
}
