namespace Recipes.Tests;

/// <summary>Steps that sample until enough groups teach, objectives that move and critics that keep statistics, from the command line.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class DynamicSamplingTests(RecipeRuns runs)
{
    private static readonly string[] s_refill = ["--zero-variance", "refill", "--refill-rounds", "3"],
        s_scales = ["--normalize-rewards", "--normalize-values", "--ppo-epochs", "1"],
        s_moving = ["--beta", "0.04", "--kl-target", "0.001", "--kl-horizon", "100", "--reference-sync-steps", "2", "--reference-mixup", "0.6",
            "--entropy-bonus", "0.01", "--entropy-target", "3", "--num-iterations", "2", "--surrogate", "clip-cov", "--learning-rate", "0.001"];

    [Fact]
    public void A_killed_run_that_refills_its_steps_resumes_to_the_same_bits() => Resumes("grpo", "refill", s_refill, "optimizer.safetensors");

    [Fact]
    public void A_killed_run_that_normalises_resumes_to_the_same_bits() => Resumes("ppo", "scales", s_scales, "scales.json");

    [Fact]
    public void With_a_critic_one_completion_of_a_prompt_is_enough()
    {
        Outcome outcome = runs.Run("ppo", "--smoke", "--group-size", "1", "--out", "group-of-one-ppo");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
    }

    // Weights that follow what steps measure, a reference that follows the policy, and tokens that are picked by chance.
    [Fact]
    public void A_killed_run_whose_objective_moves_resumes_to_the_same_bits()
    {
        Resumes("grpo", "moving", s_moving, "objective.json");

        string[] states = [.. Enumerable.Range(1, 6).Select(step => File.ReadAllText(runs.PathOf("moving", "checkpoints", $"step-{step}", "objective.json")))];
        Assert.Equal(6, states.Distinct().Count());
        Assert.True(File.ReadAllBytes(runs.PathOf("moving", "checkpoints", "step-6", "reference.safetensors"))
            .SequenceEqual(File.ReadAllBytes(runs.PathOf("moving-cut", "checkpoints", "step-6", "reference.safetensors"))));
    }

    [Fact]
    public void A_reference_that_moved_and_is_gone_is_told()
    {
        Outcome begun = runs.Run("grpo", "--smoke", "--steps", "2", "--beta", "0.04", "--out", "fixed-reference");
        Assert.True(begun.ExitCode == 0, begun.Errors);

        Outcome outcome = runs.Run("grpo", "--resume", "--out", "fixed-reference", "--steps", "3", "--reference-sync-steps", "2");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("error: the checkpoint has no weights of a reference that moves\n", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_that_never_differs_ends_the_first_step_with_a_cure()
    {
        string reward = runs.PathOf("always.cs");
        File.WriteAllText(reward, "static Score Always(string answer, Truth truth) => Score.One(\"always\");\n");

        Outcome outcome = runs.Run("grpo", ["--smoke", "--reward", reward, .. s_refill, "--out", "never-differs"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.EndsWith(
            "error: no group of 8 in step 1 has rewards that differ, after 4 rounds: a larger --group-size or a graded reward would find some\n"
            + "   at: --zero-variance refill\n  try: --group-size 8\n", outcome.Errors);
    }

    private void Resumes(string recipe, string name, string[] words, string file)
    {
        string cut = name + "-cut";
        Outcome whole = runs.Run(recipe, Arguments(name));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        using (RecipeProcess process = runs.Start(recipe, Arguments(cut)))
        {
            Assert.True(process.Appears(runs.PathOf(cut, "checkpoints", "step-2")));
            process.Kill();
            _ = process.End();
        }
        Assert.False(Directory.Exists(runs.PathOf(cut, "checkpoints", "step-6")), "the run ended before it was killed");
        Outcome resumed = runs.Run(recipe, "--resume", "--out", cut);
        Assert.True(resumed.ExitCode == 0, resumed.Errors);

        Same(["model", "model.safetensors"]);
        Same(["checkpoints", "step-6", file]);

        string[] Arguments(string to) => ["--smoke", "--steps", "6", .. words, "--out", to];

        void Same(string[] path) => Assert.True(File.ReadAllBytes(runs.PathOf([name, .. path])).SequenceEqual(File.ReadAllBytes(runs.PathOf([cut, .. path]))));
    }
}
