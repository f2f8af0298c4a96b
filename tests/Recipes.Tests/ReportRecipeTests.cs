namespace Recipes.Tests;

/// <summary>Reports of runs that ended, go on or were killed.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class ReportRecipeTests(RecipeRuns runs)
{
    [Fact]
    public void A_run_writes_its_report_and_the_tool_writes_it_again()
    {
        Outcome run = runs.Run("quickstart", "--smoke", "--out", "reported");
        Assert.True(run.ExitCode == 0, run.Errors);
        string own = File.ReadAllText(runs.PathOf("reported", "report.html"));

        Outcome outcome = runs.Run("report", "reported");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Matches(@"^reported/report\.html: \d\.\d MB\n\z", outcome.Output);
        Assert.Equal(own, File.ReadAllText(runs.PathOf("reported", "report.html")));
        Assert.Contains("data:image/png;base64,", own, StringComparison.Ordinal);

        Assert.Equal(0, runs.Run("report", "reported", "reported", "--out", "both.html").ExitCode);
        Assert.Contains("curves over each other", File.ReadAllText(runs.PathOf("both.html")), StringComparison.Ordinal);
    }

    // SIGKILL in the middle of a long run: its process says nothing, and the folder is free.
    [Fact]
    public void A_run_that_goes_on_and_one_that_was_killed_are_called_that()
    {
        using RecipeProcess process = runs.Start("grpo", "--smoke", "--steps", "100000", "--save-steps", "2", "--save-total-limit", "1", "--out", "endless");
        Assert.True(process.Appears(runs.PathOf("endless", "checkpoints", "step-2")));

        Outcome running = runs.Run("report", "endless", "--out", "running.html");
        Assert.True(running.ExitCode == 0, running.Errors);
        Assert.StartsWith("endless: still running (step ", running.Errors, StringComparison.Ordinal);
        process.Kill();
        process.End();
        Outcome killed = runs.Run("report", "endless");
        Assert.True(killed.ExitCode == 0, killed.Errors);
        Assert.StartsWith("endless: killed (step ", killed.Errors, StringComparison.Ordinal);
        Assert.EndsWith("go on with: ./vlm grpo --resume --out endless\n", killed.Errors, StringComparison.Ordinal);
        Assert.Contains("<strong>Killed</strong>", File.ReadAllText(runs.PathOf("endless", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_run_is_refused_in_three_lines()
    {
        Directory.CreateDirectory(runs.PathOf("no-run"));

        Assert.Equal("error: there is no run to report\n   at: ./vlm report\n  try: ./vlm report runs/quickstart\n", runs.Run("report").Errors);
        Assert.Equal("error: there is no such run\n   at: nowhere\n  try: the folder of a run, such as runs/quickstart\n", runs.Run("report", "nowhere").Errors);
        Outcome none = runs.Run("report", "no-run");
        Assert.Equal((2, "error: this is no run: it has neither options.json nor metrics.jsonl nor result.json\n   at: no-run\n"
            + "  try: the folder of a run, which --out names, such as runs/quickstart\n"), (none.ExitCode, none.Errors));
    }
}
