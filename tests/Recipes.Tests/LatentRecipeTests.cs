using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.LatentActions;

namespace Recipes.Tests;

/// <summary>latent-learn leaves a folder with latent actions, and latent-grpo reinforces it, as any other.</summary>
/// <remarks>A smoke run of latent-learn: base 1, inverse 3, cycle 4, joint 6, task 7, cloning 8.</remarks>
[Collection(nameof(RecipeRunsGroup))]
public class LatentRecipeTests(RecipeRuns runs)
{
    private const int Joint = 5, Last = 8;
    private const string Codes = LatentCheckpoint.WeightsFile;

    [Fact]
    public void Learned_codes_are_a_checkpoint_that_has_completed_all_stages()
    {
        string model = runs.PathOf(runs.Learned, "model");

        Assert.Equal(LatentProgress.Order(TaskCodes.Inverse), LatentProgress.Of(model));
        Assert.Equal(64, LatentCheckpoint.Load(model, torch.CPU).Modules.Config.Codes);
        Assert.Equal(File.ReadAllBytes(Checkpoint(runs.Learned, Last, Codes)), File.ReadAllBytes(Path.Combine(model, Codes)));
        JsonObject result = Json(runs.PathOf(runs.Learned, "result.json"));
        Assert.All((string[])["before", "after"], when => Assert.Equal(10, (int)result[when]!["questions"]!));
    }

    [Fact]
    public void Learning_that_was_stopped_in_a_stage_resumes_to_the_same_bits()
    {
        string again = runs.PathOf("learned-again");
        CopyFolder(runs.PathOf(runs.Learned), again);
        foreach (int step in Enumerable.Range(Joint + 1, Last - Joint))
            Directory.Delete(Path.Combine(again, "checkpoints", $"step-{step}"), recursive: true);
        Directory.Delete(Path.Combine(again, "model"), recursive: true);
        File.Delete(Path.Combine(again, "result.json"));

        Outcome resumed = runs.Run("latent-learn", "--resume", "--out", "learned-again");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);

        foreach (string file in (string[])[Codes, "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(runs.PathOf(runs.Learned, "model", file)), File.ReadAllBytes(Path.Combine(again, "model", file)));
    }

    // The base, the codebook and the world model stay; PPO leaves its critic beside the checkpoint.
    [Theory]
    [InlineData("grpo", false)]
    [InlineData("dr-grpo", false)]
    [InlineData("ppo", true)]
    public void Every_method_reinforces_the_policy_over_codes_alone(string method, bool critic)
    {
        string start = runs.PathOf(runs.Codes), run = $"by-{method}";
        Outcome outcome = runs.Run("latent-grpo", "--smoke", "--method", method, "--kinds", "exists", "--max-new-tokens", "4",
            "--prompts-per-step", "16", "--group-size", "8", "--model", start, "--out", run);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);

        Assert.Equal(critic, File.Exists(Checkpoint(run, 2, "value_head.safetensors")));
        using LatentModules before = LatentCheckpoint.Load(start, torch.CPU).Modules;
        using LatentModules after = LatentCheckpoint.Load(runs.PathOf(run, "model"), torch.CPU).Modules;
        string[] moved = [.. before.named_parameters().Zip(after.named_parameters())
            .Where(pair => !pair.First.parameter.equal(pair.Second.parameter).all().item<bool>()).Select(pair => pair.First.name)];
        Assert.NotEmpty(moved);
        Assert.All(moved, name => Assert.StartsWith("policy.", name, StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(start, "model.safetensors")),
            File.ReadAllBytes(runs.PathOf(run, "model", "model.safetensors")));
    }

    [Fact]
    public void A_folder_without_codes_is_reinforced_over_its_tokens()
    {
        Outcome outcome = runs.Run("latent-grpo", "--smoke", "--kinds", "exists", "--max-new-tokens", "4", "--prompts-per-step", "16",
            "--group-size", "8", "--token-learning-rate", "0.01", "--model", runs.Model, "--out", "by-tokens-grpo");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);

        string model = runs.PathOf("by-tokens-grpo", "model");
        Assert.False(LatentCheckpoint.IsAt(model));
        Assert.NotEqual(File.ReadAllBytes(runs.PathOf(runs.Model, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(model, "model.safetensors")));
        Assert.Equal(0.01, (double)Json(File.ReadLines(runs.PathOf("by-tokens-grpo", "metrics.jsonl")).First(), text: true)["learning_rate"]!);
    }

    // The score of what it started from was kept, and is not asked again of weights that have moved.
    [Fact]
    public void A_resumed_run_keeps_the_score_of_its_start_and_its_credit()
    {
        string kept = runs.PathOf("kept-start", "start.score.json");
        Outcome whole = runs.Run("latent-grpo", "--smoke", "--model", runs.Codes, "--credit", "sampled", "--out", "kept-start");
        Assert.True(whole.ExitCode == 0, whole.Errors);
        File.WriteAllText(kept, File.ReadAllText(kept).Replace("\"questions\": 10", "\"questions\": 11", StringComparison.OrdinalIgnoreCase));
        Directory.Delete(runs.PathOf("kept-start", "checkpoints", "step-2"), recursive: true);
        File.Delete(runs.PathOf("kept-start", "result.json"));

        Outcome resumed = runs.Run("latent-grpo", "--resume", "--out", "kept-start");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        JsonObject result = Json(runs.PathOf("kept-start", "result.json"));
        Assert.Equal("sampled", (string?)Json(runs.PathOf("kept-start", "preset.json"))["preset"]!["policy"]!["credit"]);
        Assert.Equal((11, 10), ((int)result["before"]!["questions"]!, (int)result["after"]!["questions"]!));
    }

    private string Checkpoint(string run, int step, string file) => runs.PathOf(run, "checkpoints", $"step-{step}", file);

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static JsonObject Json(string pathOrText, bool text = false) =>
        JsonNode.Parse(text ? pathOrText : File.ReadAllText(pathOrText))!.AsObject();
}
