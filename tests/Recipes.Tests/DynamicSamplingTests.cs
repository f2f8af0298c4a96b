namespace Recipes.Tests;

/// <summary>Steps that sample until enough groups teach, and critics that keep statistics of the run, from the command line.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class DynamicSamplingTests(RecipeRuns runs)
{
    private static readonly string[] s_refill = ["--zero-variance", "refill", "--refill-rounds", "3"],
        s_scales = ["--normalize-rewards", "--normalize-values", "--ppo-epochs", "1"];

    [Fact]
    public void A_killed_run_that_refills_its_steps_resumes_to_the_same_bits() => Resumes("grpo", "refill", s_refill, "optimizer.safetensors");

    [Fact]
    public void A_killed_run_that_normalises_resumes_to_the_same_bits() => Resumes("ppo", "scales", s_scales, "scales.json");

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
