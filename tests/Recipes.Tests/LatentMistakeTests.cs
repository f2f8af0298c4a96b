using Vlm.LatentActions;

namespace Recipes.Tests;

/// <summary>Folders and options that do not fit latent actions: three lines, exit code 2, nothing else.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class LatentMistakeTests(RecipeRuns runs)
{
    // One bit of one weight makes it another base.
    [Fact]
    public void Codes_of_another_base_are_refused()
    {
        string folder = Copy("changed-base"), weights = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        foreach (string[] command in Readers(folder))
            AssertMistake("the latent actions were learned on another base", command);
        Outcome own = runs.Run("score", "--model", folder, "--tokens", "--limit", "2", "--out", "own-tokens");
        Assert.True(own.ExitCode == 0, own.Errors);
    }

    [Fact]
    public void A_number_of_codes_that_does_not_fit_is_refused()
    {
        string folder = Copy("more-codes");
        LatentFolders.Change(folder, json => json["codes"] = 64);

        foreach (string[] command in Readers(folder))
            AssertMistake("latent_actions.json says 64", command);
    }

    [Fact]
    public void A_width_that_does_not_fit_is_refused()
    {
        string folder = Copy("wider");
        LatentFolders.Widen(folder);

        foreach (string[] command in Readers(folder))
            AssertMistake("the codes are 64 numbers wide, the states of the base 96", command);
    }

    [Theory]
    [InlineData(LatentCheckpoint.ConfigFile)]
    [InlineData(LatentCheckpoint.WeightsFile)]
    public void Half_of_the_files_is_refused(string missing)
    {
        string folder = Copy($"without-{missing}");
        File.Delete(Path.Combine(folder, missing));

        foreach (string[] command in Readers(folder))
            AssertMistake($"latent actions are two files, and {missing} is missing", command);
    }

    // The adapter is not even looked for.
    [Theory]
    [InlineData("score")]
    [InlineData("chat", "Is there a circle?")]
    public void An_adapter_beside_codes_is_refused(string recipe, params string[] words)
    {
        Outcome outcome = runs.Run(recipe, [.. words, "--model", runs.Codes, "--adapter", "nowhere"]);

        Assert.Equal("error: --adapter must not be set with latent actions, unless --tokens: it changes the base, and the codes are "
            + "those of the base as it was, got nowhere\n   at: --adapter nowhere\n  try: leave --adapter unset\n", outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public void Greedy_tokens_over_codes_are_refused_where_tokens_answer()
    {
        foreach (string[] asked in (string[][])[["--model", runs.Codes, "--tokens"], ["--model", runs.Model]])
        {
            Outcome outcome = runs.Run("score", [.. asked, "--greedy", "most-probable-token"]);

            Assert.Equal("error: --greedy must be most-probable-code without latent actions, which --model has in a file latent_actions.json and "
                + "--tokens leaves out, got most-probable-token\n   at: --greedy most-probable-token\n  try: --greedy most-probable-code\n", outcome.Errors);
            Assert.Equal(2, outcome.ExitCode);
        }
    }

    [Theory]
    [InlineData("--lora-rank", "4")]
    [InlineData("--freeze", "vision,connector")]
    [InlineData("--adapter", "nowhere")]
    public void Options_that_move_the_base_are_refused_where_codes_learn(string option, string value)
    {
        Outcome outcome = runs.Run("grpo", "--smoke", "--model", runs.Codes, option, value, "--out", $"refused{option}");

        Assert.Equal($"error: {option} must not be set with latent actions: their policy learns, and the base stays as it is, "
            + $"got {value}\n   at: {option} {value}\n  try: {(option == "--lora-rank" ? "--lora-rank 0" : $"leave {option} unset")}\n",
            outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public void A_branch_of_more_layers_than_the_base_has_is_refused() =>
        AssertMistake("layers", ["latent-learn", "--smoke", "--policy", "branch", "--policy-layers", "99", "--out", "deeper"]);

    // The smoke's teacher is of a tokenizer of its own.
    [Fact]
    public void Distilling_into_a_model_of_another_tokenizer_is_refused() =>
        AssertMistake("so the student's tokens are not the teacher's",
            ["latent-distill", "--smoke", "--student", Repository.PathOf("recipes/warm-start"), "--out", "other-tokenizer"]);

    [Fact]
    public void A_base_whose_tokens_are_not_the_words_of_the_task_is_refused() =>
        AssertMistake("of its tokens are words of the task, and at dial 16 there are 4000",
            ["latent-guide", "--smoke", "--model", Repository.PathOf("recipes/warm-start"), "--out", "other-words"]);

    private string Copy(string name) => LatentFolders.Copy(runs.PathOf(runs.Codes), runs.PathOf(name));

    private static string[][] Readers(string folder) =>
    [
        ["score", "--model", folder, "--out", folder + "-score"], ["chat", "--model", folder, "Is there a circle?"],
        ["grpo", "--smoke", "--model", folder, "--out", folder + "-grpo"], ["inspect", "--model", folder],
    ];

    private void AssertMistake(string says, string[] command)
    {
        Outcome outcome = runs.Run(command[0], command[1..]);

        Assert.Contains(says, outcome.Errors, StringComparison.Ordinal);
        Assert.Matches(@"\Aerror: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
    }
}
