using System.Text.RegularExpressions;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>Merging from the command line; the sums are tested where they are made.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class MergeTests(RecipeRuns runs)
{
    private static readonly string s_small = Repository.PathOf("recipes", "warm-start");

    [Fact]
    public void A_smoke_run_merges_and_leaves_nothing()
    {
        Outcome outcome = runs.Run("merge", "--smoke");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Matches(@"\Amerge: a smoke run, a full model: (\d+) tensors, [\d.]+ MB, \1 of them the same in all, [\d.]+ s\n\z", outcome.Output);
    }

    // The model that a recipe made from the small one, and the small one: a quarter and three quarters of every weight.
    [Fact]
    public void Two_models_of_one_start_become_one_that_chats()
    {
        Outcome tuned = runs.Run("grpo", "--smoke", "--model", s_small, "--learning-rate", "0.001", "--out", "to-merge");
        Assert.True(tuned.ExitCode == 0, tuned.Errors);
        string model = Path.Combine("to-merge", "model");
        Outcome outcome = runs.Run("merge", "--model", model, s_small, "--weights", "0.25", "0.75", "--output", "merged");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));

        using HubFolder a = HubFolder.Open(runs.PathOf(model)), b = HubFolder.Open(s_small);
        using HubFolder merged = HubFolder.Open(runs.PathOf("merged"));
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Equal(a.Names.Order(), merged.Names.Order());
        Assert.Contains(a.Names, name => (Load(a, name) - Load(b, name)).abs().max().item<float>() > 0);
        Assert.All(a.Names, name => Assert.True(
            (Load(a, name) * 0.25 + Load(b, name) * 0.75 - Load(merged, name)).abs().max().item<float>() < 1e-6, name));
        Assert.Equal(0, runs.Run("chat", "--model", "merged", "How many objects are there?", "--max-new-tokens", "4").ExitCode);
        Assert.StartsWith("error: merged is not empty\n   at: --output merged\n",
            runs.Run("merge", "--model", model, s_small, "--output", "merged").Errors, StringComparison.Ordinal);

        static torch.Tensor Load(HubFolder folder, string name) => folder.Load(name, torch.CPU, torch.ScalarType.Float32);
    }

    [Theory]
    [InlineData("the weights sum to 1.2, and not to 1", "--weights 0.6 0.6", "--weights 0.5 0.5, or --any-sum", "A", "--weights", "0.6", "0.6")]
    [InlineData("--weights must be as many as the models (2), got 1", "--weights 1", "--weights 0.5 0.5", "A", "--weights", "1")]
    [InlineData("--base must be given with --method task-arithmetic, got nothing", "--base", "--base models/smolvlm", "A",
        "--method", "task-arithmetic")]
    [InlineData(null, null, "models that were made from one start", "B")]
    public void A_mistake_is_three_lines(string? problem, string? where, string fix, string other, params string[] words)
    {
        string second = other == "A" ? s_small : Fixtures.PathOf("tiny_qwen2_vl");
        Outcome outcome = runs.Run("merge", ["--model", s_small, second, .. words, "--output", "not-merged"]);

        string[] lines = outcome.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, 3, $"  try: {fix}"), (outcome.ExitCode, lines.Length, lines[2]));
        Assert.Matches(problem is null ? @"\Aerror: .* has no tensor \S+, which .* has: .* is smolvlm and .* is qwen2_vl\z"
            : $@"\Aerror: {Regex.Escape(problem)}\z", lines[0]);
        if (where is not null)
            Assert.Equal($"   at: {where}", lines[1].TrimEnd());
        Assert.False(Directory.Exists(runs.PathOf("not-merged")));
    }
}
