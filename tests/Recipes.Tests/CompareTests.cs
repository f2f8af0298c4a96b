namespace Recipes.Tests;

/// <summary>Runs beside each other.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class CompareTests(RecipeRuns runs)
{
    // Accuracies .5 and .6: mean 55, deviation 100 sqrt(2 x .05^2) = 7.07. Times 3 / 2 and 5 / 4 of the unit's: mean 1.375,
    // deviation .125 sqrt(2) = .18. The unit's own are 1. Nothing is said where a run has no number. The second run is of an
    // earlier version, which wrote "drawn".
    [Fact]
    public void Mean_and_deviation_over_seeds_and_times_run_by_run()
    {
        string[] folders = [Written("compare-1", 4, 0.5, 2, 3), Written("compare-2", 9, 0.6, 4, 5, sampled: "drawn")];

        Outcome outcome = runs.Run("compare", ["--unit", "unit", .. folders]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal(["", "unit", "10.0 ± 0.0", "", "0.250 ± 0.000"], lines[2].Split('|')[..5].Select(cell => cell.Trim()));
        Assert.StartsWith("| codes | 55.0 ± 7.1 |  | 0.250 ± 0.000 |", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("| 1.00 ± 0.00 |  |", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("| 1.38 ± 0.18 |  |", lines[3], StringComparison.Ordinal);
        Assert.Equal("runs: 2, seeds 4, 9", lines[5]);
    }

    [Fact]
    public void Runs_of_other_methods_are_not_compared()
    {
        string one = Written("compare-3", 1, 0.5, 2, 3), other = Written("compare-4", 1, 0.5, 2, 3, "other");

        Assert.Equal(
            $"error: \"codes\" is not in all of these runs, so they did not measure the same\n   at: {other}\n"
            + "  try: compare runs of one recipe with the same options but for the seed\n", runs.Run("compare", one, other).Errors);
        Assert.Equal(2, runs.Run("compare").ExitCode);
        Assert.Contains("it has no result.json", runs.Run("compare", runs.PathOf("nowhere")).Errors, StringComparison.Ordinal);
    }

    private string Written(string folder, int seed, double right, double unit, double codes, string method = "codes", string sampled = "sampled")
    {
        string path = Directory.CreateDirectory(runs.PathOf(folder)).FullName;
        File.WriteAllText(Path.Combine(path, "result.json"), FormattableString.Invariant($$"""
            { "seed": {{seed}}, "rows": [{{Row("unit", 0.1, unit)}}, {{Row(method, right, codes)}}] }
            """));
        return path;

        string Row(string name, double right, double seconds) => FormattableString.Invariant($$"""
            { "method": "{{name}}", "greedy": {{Scores(right)}}, "{{sampled}}": {{Scores(right)}},
              "diversity": { "value": 1.5, "distinct_answers": 2 },
              "rollout_seconds": {{seconds}}, "update_seconds": null, "frac_reward_zero_std": null }
            """);

        static string Scores(double right) => FormattableString.Invariant(
            $$"""{ "vqa_accuracy": {{right}}, "grounding_acc50": null, "caption_reward": 0.25, "reward": 0.5 }""");
    }
}
