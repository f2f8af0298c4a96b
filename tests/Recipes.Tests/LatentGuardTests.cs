using System.Globalization;
using Vlm.LatentActions;

namespace Recipes.Tests;

/// <summary>What stops latent actions before they waste hours: three lines, exit code 2, nothing else.</summary>
/// <remarks>
/// A smoke run's steps: base 1, base SFT 2, token GRPO 4, then of the method's stages inverse 6, cycle 7, joint 9, task 10,
/// cloning 11, then GRPO 13, Dr. GRPO 15, PPO 17.
/// </remarks>
[Collection(nameof(RecipeRunsGroup))]
public class LatentGuardTests(RecipeRuns runs)
{
    private const int Cycle = 7, Joint = 9, Cloning = 11, Grpo = 13, Last = 17;

    [Fact]
    public void Codes_that_were_never_cloned_do_not_act()
    {
        string folder = LatentFolders.Copy(runs.PathOf(runs.Codes), runs.PathOf("uncloned"));
        LatentFolders.Stage(folder, "inverse cycle joint task");
        const string Says = "a policy over codes needs stage cloning, and this folder has completed inverse, cycle, joint, task";

        AssertMistake(Says, folder, "--tokens", "score", "--model", folder, "--out", "uncloned-score");
        AssertMistake(Says, folder, "--tokens", "chat", "--model", folder, "Is there a circle?");
        AssertMistake(Says, folder, "run all stages", "grpo", "--smoke", "--model", folder, "--out", "uncloned-grpo");
        LatentFolders.Change(folder, json => json.Remove("stages"));
        AssertMistake("has completed no stage", folder, "--tokens", "chat", "--model", folder, "Is there a circle?");
    }

    [Fact]
    public void Inspect_tells_the_stages()
    {
        string folder = LatentFolders.Copy(runs.PathOf(runs.Codes), runs.PathOf("inspected"));

        Assert.Contains("stages        inverse, cycle, joint, task, cloning\n", runs.Run("inspect", "--model", folder).Output, StringComparison.Ordinal);
        LatentFolders.Change(folder, json => json.Remove("stages"));
        Assert.Contains("stages        none was finished\n", runs.Run("inspect", "--model", folder).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_is_finished_with_its_last_step()
    {
        IReadOnlyList<LatentStage>[] finished =
            [.. Enumerable.Range(5, Last - 4).Select(step => LatentProgress.Of(Checkpoint(runs.Stages, step)))];

        Assert.Equal([0, 1, 2, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5], finished.Select(stages => stages.Count));
        Assert.All(finished, stages => Assert.Equal(LatentProgress.Order(TaskCodes.Inverse).Take(stages.Count), stages));
    }

    [Theory]
    [InlineData(Cycle, "inverse", "stage joint starts after inverse, cycle, and this folder has completed inverse")]
    [InlineData(Cycle, "", "stage joint starts after inverse, cycle, and this folder has completed no stage")]
    [InlineData(Cycle + 1, "inverse cycle joint",
        "stage joint starts after inverse, cycle, and this folder has completed inverse, cycle, joint")]
    [InlineData(Cloning, "inverse cycle joint",
        "a policy over codes needs stage cloning, and this folder has completed inverse, cycle, joint")]
    public void A_phase_does_not_begin_without_the_stages_before_it(int done, string stages, string says)
    {
        string run = StoppedAfter(done, $"without-{done}-{stages.Length}");
        LatentFolders.Stage(Checkpoint(run, done), stages);

        AssertMistake(says, $"{run}/checkpoints/step-{done}", "start from a folder", "latent-ablations", "--resume", "--out", run);
    }

    // The next phase begins with the result of cloning, and the run stands at that of a later one.
    [Fact]
    public void A_result_that_the_rest_of_a_run_needs_is_missed_at_once()
    {
        string run = StoppedAfter(Grpo, "gone");
        Directory.Delete(Checkpoint(run, Cloning), recursive: true);

        AssertMistake("the result of latent SFT is gone, and the rest of the run needs it", $"step-{Cloning}", "start a new run",
            "latent-ablations", "--resume", "--out", run);
    }

    // That of the cycle stage is not needed any more, and its folder may go.
    [Theory]
    [InlineData("pairs")]
    [InlineData("texts")]
    public void States_of_other_data_are_refused(string half)
    {
        string run = StoppedAfter(Joint, $"other-{half}"), file = runs.PathOf(run, $"{half}.safetensors");
        Directory.Delete(Checkpoint(run, Cycle), recursive: true);
        File.Copy(runs.PathOf(run, half == "pairs" ? "texts.safetensors" : "pairs.safetensors"), file, overwrite: true);

        AssertMistake("the cached states are of another model or of other data", $"{half}.safetensors", "rm ",
            "latent-ablations", "--resume", "--out", run);
    }

    [Fact]
    public void States_of_another_model_are_refused()
    {
        string run = StoppedAfter(Joint, "other-base"), weights = Path.Combine(Checkpoint(run, 1), "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        AssertMistake("the cached states are of another model or of other data", "pairs.safetensors", "rm ",
            "latent-ablations", "--resume", "--out", run);
    }

    // Two codes at five hundred times the usual rate: soon every position takes the same one.
    [Fact]
    public void A_codebook_of_one_code_stops_the_stage_with_its_diagnostics()
    {
        Outcome outcome = runs.Run("latent-learn", "--smoke", "--seed", "7", "--codes", "2", "--rate", "0.5",
            "--inverse-steps", "30", "--collapse-window", "3", "--out", "collapsed");

        Assert.Matches(@"error: the codebook has collapsed: the last 3 steps used a single code; on validation pairs "
            + @"ce_inverse [^ ]+, ce_random [^ ]+, ce_base [^ ]+, used_codes [12], code_entropy [^ ]+"
            + @"\n   at: latent, stage Inverse, step [0-9]+\n  try: --rate 0.17\n\z", outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
        string[] steps = File.ReadAllLines(runs.PathOf("collapsed", "metrics.jsonl"));
        Assert.All(steps[^3..], line => Assert.Contains("\"latent/used_codes\":1,", line, StringComparison.Ordinal));
        Assert.DoesNotContain("\"latent/used_codes\":1,", steps[^4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the shapes dataset knows no kind of question named 'colour'", "--kinds", "color", "colour")]
    [InlineData("the kind 'text' has no drawing", "--kinds", "color", "text")]
    [InlineData("--sequences", "--sequences", "0")]
    [InlineData("--codes", "--codes", "1")]
    [InlineData("there is no ablation 'no-cycles'", "--ablations", "no-cycles")]
    [InlineData("there is no ablation 'codes-1'", "--ablations", "codes-1")]
    public void Options_that_cannot_work_are_refused_before_anything_is_written(string says, string option, params string[] values)
    {
        AssertMistake(says, option, "", "latent-ablations", ["--smoke", option, .. values, "--out", "unwritten"]);

        Assert.False(Directory.Exists(runs.PathOf("unwritten")));
    }

    // A copy of the whole run as if it had been stopped after a step.
    private string StoppedAfter(int step, string name)
    {
        string from = runs.PathOf(runs.Stages), to = runs.PathOf(name);
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        File.Delete(Path.Combine(to, "result.json"));
        for (int later = step + 1; later <= Last; later++)
            Directory.Delete(Checkpoint(name, later), recursive: true);
        return name;
    }

    private string Checkpoint(string run, int step) =>
        runs.PathOf(run, "checkpoints", string.Create(CultureInfo.InvariantCulture, $"step-{step}"));

    private void AssertMistake(string says, string at, string fix, string recipe, params string[] arguments)
    {
        Outcome outcome = runs.Run(recipe, arguments);

        Assert.Matches(@"error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        string[] lines = outcome.Errors.TrimEnd('\n').Split('\n')[^3..];
        Assert.Contains(says, lines[0], StringComparison.Ordinal);
        Assert.Contains(at, lines[1], StringComparison.Ordinal);
        Assert.Contains(fix, lines[2], StringComparison.Ordinal);
        Assert.Equal(2, outcome.ExitCode);
    }
}
