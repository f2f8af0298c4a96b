using System.Text.Json.Nodes;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>./vlm grpo on files as people have them, with a model of each family.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class OwnDataTests(RecipeRuns runs)
{
    private const int Rows = 30;

    private static readonly string[] s_families = ["tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl"];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string layout in OwnDataFiles.Layouts)
            foreach (string family in s_families)
                cases.Add(layout, family);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_in_a_published_layout_trains_a_model_of_any_family(string layout, string family)
    {
        string data = OwnDataFiles.Write(layout, runs.PathOf("own-data"), Rows), run = $"own-{layout}-{family}";

        Outcome outcome = runs.Run("grpo", "--model", Fixtures.PathOf(family), "--data", data, "--steps", "2", "--prompts-per-step", "2",
            "--group-size", "2", "--max-new-tokens", "4", "--eval-steps", "1", "--out", run);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        // ms-swift's rows without boxes are those of the messages of others.
        Assert.Contains($", layout {(layout == "ms-swift" ? "messages" : layout)}, {Rows} rows, {Rows} examples\n", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(layout == "ms-swift", outcome.Errors.Contains("ms-swift 15\n", StringComparison.Ordinal));
        Assert.Contains("24 examples to train on, 6 held out\n", outcome.Errors, StringComparison.Ordinal);
        JsonObject result = JsonNode.Parse(File.ReadAllText(runs.PathOf(run, "result.json")))!.AsObject();
        Assert.Equal(6, (int)result["before"]!["questions"]!);
        Assert.Equal(6, (int)result["after"]!["questions"]!);
        Assert.True(File.Exists(runs.PathOf(run, "model", "config.json")));
    }

    // The held-out file has the first rows of the other in other places, and 30 of the same.
    [Fact]
    public void Held_out_questions_that_are_trained_on_are_said()
    {
        string data = OwnDataFiles.Write("easyr1", runs.PathOf("overlap"), Rows);

        Outcome outcome = runs.Run("grpo", "--smoke", "--data", data, "--eval", data, "--eval-limit", "100", "--out", "overlapping");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains($"{Rows} of {Rows} held-out questions are also trained on, the first of them ", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_mixed_by_weight()
    {
        string a = OwnDataFiles.Write("easyr1", runs.PathOf("mixed"), Rows), b = OwnDataFiles.Write("coco", runs.PathOf("mixed"), Rows);

        Outcome outcome = runs.Run("grpo", "--smoke", "--data", a + ":2", b, "--steps", "3", "--prompts-per-step", "3", "--eval", "none", "--out", "mixture");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("60 examples to train on, 0 held out\n", outcome.Errors, StringComparison.Ordinal);
        string[] steps = File.ReadAllLines(runs.PathOf("mixture", "metrics.jsonl"));
        Assert.All(steps, step => Assert.True((step.Contains("word_match"), step.Contains("iou")) == (true, true), step));
    }
}
