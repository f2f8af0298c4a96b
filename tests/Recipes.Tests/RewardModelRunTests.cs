namespace Recipes.Tests;

/// <summary>./vlm reward-model: a run that was cut off goes on as it would have, and what says nothing of its data is refused.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class RewardModelRunTests(RecipeRuns runs)
{
    // With all that draws random numbers or keeps something between steps.
    [Theory]
    [InlineData("plain")]
    [InlineData("contrast", "--goal-weight", "0.1", "--simcse-weight", "0.1", "--label-noise", "0.25")]
    [InlineData("ensemble", "--ensemble", "2", "--ensemble-held-out", "0.5", "--margin-weight", "1")]
    [InlineData("meta", "--meta-rate", "0.01", "--meta-max-new-tokens", "4", "--meta-prompts", "2", "--meta-samples", "2")]
    [InlineData("implicit", "--pooling", "implicit")]
    [InlineData("implicit-sum", "--pooling", "implicit-sum")]
    [InlineData("language", "--sft-weight", "0.5")]
    [InlineData("segments", "--segments", "--pooling", "mean")]
    public void A_run_that_goes_on_from_a_checkpoint_ends_with_the_same_weights(string name, params string[] words)
    {
        string whole = $"rm-{name}-whole", cut = $"rm-{name}-cut";
        foreach (string folder in new[] { whole, cut })
            Run(folder, ["--smoke", "--seed", "7", "--steps", "4", "--save-steps", "2", .. words]);
        byte[] half = Weights(cut, "checkpoints", "step-2");
        Directory.Delete(runs.PathOf(cut, "checkpoints", "step-4"), recursive: true);
        Directory.Delete(runs.PathOf(cut, "model"), recursive: true);
        File.Delete(runs.PathOf(cut, "result.json"));

        Outcome resumed = Run(cut, ["--resume"]);

        Assert.DoesNotContain("step 1/", resumed.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("ensemble, model 1", resumed.Errors, StringComparison.Ordinal);
        Assert.Equal(Weights(whole, "model"), Weights(cut, "model"));
        Assert.Equal(Optimizer(whole), Optimizer(cut));
        Assert.Equal(File.ReadAllText(runs.PathOf(whole, "model", "config.json")), File.ReadAllText(runs.PathOf(cut, "model", "config.json")));
        Assert.NotEqual(half, Weights(whole, "model"));
    }

    [Theory]
    [InlineData("--limit is of files", "--limit", "3")]
    [InlineData("--where is of files, and there are none", "--where", "strength > 0.5")]
    [InlineData("--columns is of files", "--columns", "question=prompt")]
    [InlineData("--split is of files", "--eval", "shapes", "--split", "90/10")]
    public void Options_of_files_are_refused_where_there_are_none(string problem, params string[] words)
    {
        Outcome outcome = runs.Run("reward-model", ["--smoke", .. words, "--out", "rm-wrong"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Contains(problem, outcome.Errors, StringComparison.Ordinal);
    }

    private byte[] Weights(string run, params string[] folder) => File.ReadAllBytes(runs.PathOf([run, .. folder, "model.safetensors"]));

    private byte[] Optimizer(string run) => File.ReadAllBytes(runs.PathOf(run, "checkpoints", "step-4", "optimizer.safetensors"));

    private Outcome Run(string folder, string[] words)
    {
        Outcome outcome = runs.Run("reward-model", [.. words, "--out", folder]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return outcome;
    }
}
