using System.Text.Json.Nodes;
using Vlm.Tables;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>Curricula in runs: one that was cut off goes on bit by bit, and the state of other data is refused.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class CurriculumRunTests(RecipeRuns runs)
{
    private const int Steps = 4, Rows = 30;

    // What a resumed run asks follows from what the steps before the cut earned, and so do weights of rewards and passes over rollouts.
    [Theory]
    [InlineData("grpo", "--curriculum", "replay", "--replay-share", "0.5", "--prompt-weight", "odsw-hard", "--kinds", "exists")]
    [InlineData("grpo", "--curriculum", "success-rate", "--success-memory", "0.5", "--label-rollout", "--kinds", "exists", "color")]
    [InlineData("grpo", "--reward-weighting", "gradients", "--reward-weight-mu", "0.0001", "--reward", "word_match:1", "token_f1:2", "--kinds", "exists")]
    [InlineData("ppo", "--curriculum", "replay", "--replay-share", "0.5", "--plasticity", "--adaptive-reuse", "--plasticity-steps", "1",
        "--plasticity-gap", "1", "--kinds", "exists")]
    public void A_run_killed_in_the_middle_and_resumed_equals_one_that_never_stopped(string recipe, params string[] own)
    {
        string name = $"{recipe}-{own[1]}", whole = name + "-whole", cut = name + "-cut";
        string[] arguments = ["--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--prompts-per-step", "16", "--learning-rate", "0.001",
            "--group-size", "4", "--eval", "none", "--model", runs.Model, .. own];
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
        foreach (string file in (string[])["optimizer.safetensors", "model.safetensors"])
            Assert.True(File.ReadAllBytes(Path.Combine(Checkpoint(whole, Steps), file))
                .SequenceEqual(File.ReadAllBytes(Path.Combine(Checkpoint(cut, Steps), file))), file);
        string[] states = [.. Directory.GetFiles(Checkpoint(whole, Steps), "*.json").Select(Path.GetFileName)!
            .Where(file => file is "curriculum.json" or "reward_weights.json" or "plasticity.json").Select(file => file!)];
        Assert.NotEmpty(states);
        Assert.All(states, file => Assert.Equal(
            File.ReadAllText(Path.Combine(Checkpoint(whole, Steps), file)), File.ReadAllText(Path.Combine(Checkpoint(cut, Steps), file))));
        Assert.False(File.ReadAllBytes(Path.Combine(Checkpoint(whole, 1), "model.safetensors"))
            .SequenceEqual(File.ReadAllBytes(Path.Combine(Checkpoint(whole, Steps), "model.safetensors"))));
    }

    [Fact]
    public void The_state_of_other_data_is_refused_and_the_same_data_goes_on()
    {
        string data = OwnDataFiles.Write("easyr1", runs.PathOf("band-a"), Rows), other = OwnDataFiles.Write("coco", runs.PathOf("band-b"), Rows);
        string[] arguments = ["--smoke", "--curriculum", "band", "--eval", "none", "--prompts-per-step", "8", "--model", runs.Model, "--max-new-tokens", "4"];
        Outcome first = runs.Run("grpo", [.. arguments, "--data", data, "--steps", "5", "--out", "band"]);
        Assert.True(first.ExitCode == 0, first.Errors);

        Outcome refused = runs.Run("grpo", "--resume", "--out", "band", "--steps", "6", "--data", other);
        Outcome goesOn = runs.Run("grpo", "--resume", "--out", "band", "--steps", "7");

        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(
            [
                "error: the curriculum's state is of other data: its questions are not those of this run",
                $"   at: {Path.Combine("band", "checkpoints", "step-5", "curriculum.json")}",
                "  try: resume with the --data and --kinds that the run began with, or begin a new run",
            ],
            refused.Errors.TrimEnd('\n').Split('\n')[^3..]);
        Assert.True(goesOn.ExitCode == 0, goesOn.Errors);
        // 30 questions of 40 that were asked are a pass: of those outside the band the next one asks none.
        JsonObject last = JsonNode.Parse(File.ReadLines(runs.PathOf("band", "metrics.jsonl")).Last())!.AsObject();
        Assert.Equal(7, (int)last["step"]!);
        Assert.True(last.ContainsKey("curriculum/passed_over"));
    }

    // A permuted copy or a privileged half doubles a group; a label is learned from, and was sampled by nobody.
    [Theory]
    [InlineData(8, "--data", "shapes", "--label-rollout", "--kinds", "exists")]
    [InlineData(16, "--data", "nlvr-like", "--permuted-copies", "1", "--permuted-kinds", "nlvr", "--permutation-warmup", "0")]
    [InlineData(16, "--data", "shapes", "--privileged-context", "rules.md")]
    public void Groups_have_what_belongs_to_them(int rollouts, params string[] own)
    {
        File.WriteAllText(runs.PathOf("rules.md"), "Answer in one word.");
        string run = $"groups-{own[2].Trim('-')}";

        Outcome outcome = runs.Run("grpo", ["--smoke", "--prompts-per-step", "2", "--group-size", "4", "--max-new-tokens", "8", .. own, "--out", run]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.All(ParquetFile.Read(runs.PathOf(run, "rollouts.parquet")).CountBy(row => $"{row["step"]}"), step => Assert.Equal(rollouts, step.Value));
        JsonObject step = JsonNode.Parse(File.ReadLines(runs.PathOf(run, "metrics.jsonl")).First())!.AsObject();
        Assert.Equal(own[2] == "--label-rollout", step.ContainsKey("label/advantage"));
        Assert.InRange((double)step["max_logprob_diff"]!, 0, 1e-4);
    }

    [Theory]
    [InlineData("--curriculum band", "band leaves out questions that it has asked before, and no question of shapes comes again", "--curriculum band")]
    [InlineData("--curriculum success-rate --kinds exists", "success-rate chooses among kinds of questions, and there is one: shapes_exists", "--curriculum success-rate")]
    [InlineData("--label-rollout --max-new-tokens 1 --kinds exists", "the label has ", "record ")]
    [InlineData("--label-rollout --top-k 5", "a label may have tokens that sampling leaves out", "--top-k 5 --top-p 1")]
    [InlineData("--permuted-copies 1", "--permuted-kinds must name the kinds", "--permuted-kinds")]
    [InlineData("--privileged-context nowhere.md", "the privileged text cannot be read", "--privileged-context nowhere.md")]
    [InlineData("--reward-weighting gradients --kinds exists", "there is one reward, word_match, and weights move between several", "--reward-weighting")]
    [InlineData("--prior-prompt plans", "--prior-prompt must be one of none, think, plan", "--prior-prompt plans")]
    public void What_cannot_work_is_said_in_three_lines(string typed, string problem, string where)
    {
        Outcome outcome = runs.Run("grpo", ["--smoke", "--out", "refused-curriculum", .. typed.Split(' ')]);

        Assert.Equal(2, outcome.ExitCode);
        string[] lines = outcome.Errors.TrimEnd('\n').Split('\n')[^3..];
        Assert.StartsWith($"error: {problem}", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"   at: {where}", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  try: ", lines[2], StringComparison.Ordinal);
    }

    private string Checkpoint(string run, int step) => runs.PathOf(run, "checkpoints", $"step-{step}");
}
