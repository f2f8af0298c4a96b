using System.Text.RegularExpressions;
using Vlm.Grpo;

namespace Recipes.Tests;

/// <summary>Every recipe builds, explains itself, and refuses what it does not know.</summary>
public partial class RecipeTests
{
    private static readonly string[] Expected =
        ["bench-export", "bench-generate", "bench-latent", "bench-learned", "bench-load", "bench-objectives", "bench-rewards", "bench-step", "bstar",
            "chat", "compare", "data", "encoder-shapes", "export", "grpo", "gui-ground", "guide-base", "inspect", "judge", "latent-ablations",
            "latent-controls", "latent-distill", "latent-grpo", "latent-guide", "latent-learn", "merge", "pairs", "parity", "pcurl", "ppo", "pseudo-labels", "quickstart", "report", "reward",
            "reward-bench", "reward-model", "score", "sft", "sft-shapes", "show", "spark", "trimpi", "unigrpo"];

    // These answer at once and leave no run folder.
    internal static readonly string[] Tools = ["chat", "compare", "data", "export", "inspect", "judge", "merge", "parity", "report", "reward", "show"];

    [Fact]
    public void These_are_the_recipes() => Assert.Equal(Expected, Repository.Recipes);

    [Fact]
    public void Each_builds_and_answers_help() =>
        Assert.All(Repository.Recipes, recipe =>
        {
            Outcome outcome = Repository.Vlm(recipe, "--help");

            Assert.True(outcome.ExitCode == 0, outcome.Errors);
            Assert.All((string[])(recipe == "compare" ? ["--unit"] : recipe == "report" ? ["--out"] : recipe == "show" ? ["--step"] : recipe == "reward" ? ["--truth"] : recipe == "judge" ? ["--judge"] : Tools.Contains(recipe) ? ["--model"]
                    : ["--smoke", "--seed", "--out"]),
                option => Assert.Contains(option, outcome.Output, StringComparison.Ordinal));
        });

    // What an option of quickstart does, the same option does in every recipe that trains: defaults may differ, words may not.
    [Fact]
    public void An_option_has_one_wording_in_all_recipes_that_train()
    {
        Dictionary<string, string> words = Wordings("quickstart");
        string[] training = [.. Repository.Recipes.Where(recipe =>
            recipe is "grpo" or "ppo" or "sft" or "sft-shapes" or "spark" || recipe.StartsWith("latent-", StringComparison.Ordinal))];
        var shared = training.SelectMany(recipe => Wordings(recipe).Select(option => (recipe, option)))
            .Where(item => words.ContainsKey(item.option.Key) && !s_own.Contains(item.option.Key)).ToList();

        Assert.Equal(11, training.Length);
        Assert.InRange(shared.Count, 100, 1000);
        Assert.Equal([], shared.Where(item => words[item.option.Key] != item.option.Value)
            .Select(item => $"{item.recipe} {item.option.Key}: {item.option.Value}"));
    }

    // What is asked, and of what, is each recipe's own.
    private static readonly string[] s_own = ["--model", "--test"];

    private static Dictionary<string, string> Wordings(string recipe) =>
        Option().Matches(Repository.Vlm(recipe, "--help").Output).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

    [GeneratedRegex(@"^  (--\S+)(?: <[^>]+>)? +(.+?)(?: \((?:default|one of|required)[^()]*\))?\r?$", RegexOptions.Multiline)]
    private static partial Regex Option();

    [Fact]
    public void Each_refuses_an_unknown_option_in_three_lines() =>
        Assert.All(Repository.Recipes, recipe =>
        {
            Outcome outcome = Repository.Vlm(recipe, "--sede", "3");

            Assert.Equal(2, outcome.ExitCode);
            Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        });

    // File-based programs are compiled ahead of time unless told otherwise, and that turns reflection over options off.
    [Fact]
    public void Each_turns_ahead_of_time_compilation_off() =>
        Assert.All(Repository.Recipes, recipe => Assert.Contains(
            "#:property PublishAot=false\n", Repository.Read($"recipes/{recipe}.cs"), StringComparison.Ordinal));

    // Tests start in the folder of their assembly, which has no README.md; the project has.
    [Fact]
    public void What_recipes_ship_with_is_found_from_any_folder()
    {
        Assert.False(File.Exists("README.md"));
        Assert.Equal(Repository.PathOf("README.md"), Machine.InProject("README.md"));
        Assert.Equal("recipes/nowhere", Machine.InProject("recipes/nowhere"));
    }
}
