using System.Text.Json.Nodes;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned;

namespace Recipes.Tests;

/// <summary>The encoder that a recipe trains is one that rewards read, and a run that was cut off goes on as it would have.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class EncoderRecipeTests(RecipeRuns runs)
{
    private static readonly string[] s_scores = ["image_to_text", "text_to_image", "wrong_color", "missing", "invented"];

    [Fact]
    public async Task The_folder_it_writes_is_read_by_the_reward()
    {
        Run("encoder", "--smoke");

        JsonObject test = JsonNode.Parse(File.ReadAllText(runs.PathOf("encoder", "result.json")))!["test"]!.AsObject();
        Assert.All(s_scores, score => Assert.InRange((double)test[score]!, 0, 1));
        Assert.Equal(8, (int)test["count"]!);

        using var reward = new EncoderReward(ImageTextEncoder.Load(runs.PathOf("encoder", "model")));
        Example example = Example.Ask([Message.User("describe", 1)], [new RgbImage(64, 64, new byte[64 * 64 * 3])], "x");
        LearnedScore score = Assert.Single(await reward.ScoreAsync([new(example, "A small red circle and a large blue square.")]));
        Assert.InRange(score.Value!.Value, -1, 1);
    }

    [Fact]
    public void A_run_that_goes_on_from_a_checkpoint_ends_with_the_same_weights()
    {
        string[] sizes = ["--smoke", "--steps", "4", "--save-steps", "2"];
        Run("encoder-whole", sizes);
        Run("encoder-cut", sizes);
        byte[] first = File.ReadAllBytes(runs.PathOf("encoder-cut", "checkpoints", "step-2", "model.safetensors"));
        Directory.Delete(runs.PathOf("encoder-cut", "checkpoints", "step-4"), recursive: true);
        Directory.Delete(runs.PathOf("encoder-cut", "model"), recursive: true);
        File.Delete(runs.PathOf("encoder-cut", "result.json"));

        Outcome resumed = runs.Run("encoder-shapes", "--resume", "--out", "encoder-cut");

        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.DoesNotContain("step 1/", resumed.Errors, StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(runs.PathOf("encoder-whole", "model", "model.safetensors"));
        Assert.Equal(whole, File.ReadAllBytes(runs.PathOf("encoder-cut", "model", "model.safetensors")));
        Assert.NotEqual(whole, first);
    }

    private void Run(string name, params string[] arguments)
    {
        Outcome outcome = runs.Run("encoder-shapes", [.. arguments, "--seed", "7", "--out", name]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
    }
}
