namespace Recipes.Tests;

/// <summary>Published settings, and options that exclude each other, in the recipes themselves.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class PublishedPresetTests(RecipeRuns runs)
{
    // The bad options of one command, before any model is looked at.
    [Fact]
    public void All_that_excludes_each_other_is_told_at_once()
    {
        Outcome outcome = runs.Run("ppo", "--smoke", "--advantage-estimator", "opo", "--zero-variance", "drop",
            "--prompt-weight", "odsw-hard", "--out", "no-ppo");

        const string groups = "must be left unset in PPO, which compares no groups";
        Assert.Equal(
            $"error: --advantage-estimator {groups}, got opo\n   at: --advantage-estimator opo\n  try: leave --advantage-estimator unset\n"
            + $"error: --zero-variance {groups}, got drop\n   at: --zero-variance drop\n  try: leave --zero-variance unset\n"
            + "error: --prompt-weight must be none in PPO, which compares with a critic, got odsw-hard\n"
            + "   at: --prompt-weight odsw-hard\n  try: --prompt-weight none\n",
            outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
        Outcome two = runs.Run(
            "grpo", "--smoke", "--label-rollout", "--zero-variance", "refill", "--surrogate", "gspo", "--out", "no-grpo");
        Assert.Equal((2, 6), (two.ExitCode, two.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("error: --loss-aggregation must be seq-mean-token-mean with --surrogate gspo", two.Errors, StringComparison.Ordinal);
        Assert.Contains("error: groups that are sampled in place of others are of plain rollouts", two.Errors, StringComparison.Ordinal);
    }

    // A reference in the reward, a greedy baseline, advantages that leave out, and PPO.
    [Theory]
    [InlineData("grpo", "trl-rloo")]
    [InlineData("grpo", "verl-remax")]
    [InlineData("grpo", "w-reinforce")]
    [InlineData("ppo", "paper-003")]
    public void A_preset_runs(string recipe, string preset)
    {
        Outcome outcome = runs.Run(recipe, "--smoke", "--preset", preset, "--out", $"preset-{preset}");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("\"source\": \"preset\"", File.ReadAllText(runs.PathOf($"preset-{preset}", "options.json")), StringComparison.Ordinal);
    }
}
