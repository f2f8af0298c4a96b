namespace Recipes.Tests;

/// <summary>What a run sampled, in the terminal.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class ShowTests(RecipeRuns runs)
{
    // Output goes to a pipe here: no colours, no pictures.
    [Fact]
    public void A_step_of_a_run_is_shown_and_a_mistake_is_said()
    {
        Outcome run = runs.Run("quickstart", "--smoke", "--out", "shown");
        Assert.True(run.ExitCode == 0, run.Errors);

        Outcome last = runs.Run("show", "shown"), first = runs.Run("show", "shown", "--step", "1", "--limit", "1", "--picture", "ascii");
        Assert.Equal((0, ""), (last.ExitCode, last.Errors));
        Assert.StartsWith("step 2 (of 1 to 2): 8 answers in 2 groups, mean reward ", last.Output, StringComparison.Ordinal);
        Assert.Contains("truth: ", last.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001B", last.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 of 2 groups; all of them: --limit 2\n", first.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(runs.PathOf("shown"), "events.out.tfevents.*"));

        Assert.Equal("error: there are no rollouts of step 9; there are those of 1 to 2\n   at: --step 9\n  try: --step 2\n", runs.Run("show", "shown", "--step", "9").Errors);
        Assert.Equal("error: there is no run to show\n   at: ./vlm show\n  try: ./vlm show runs/quickstart\n", runs.Run("show").Errors);
        Outcome nowhere = runs.Run("show", "nowhere");
        Assert.Equal((2, "error: there is no such run\n   at: nowhere\n  try: the folder of a run, such as runs/quickstart\n"), (nowhere.ExitCode, nowhere.Errors));
    }
}
