using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>Runs beside each other.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
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

    // Of four questions a and b score 1, 1, 0, 0 and 1, 0, 1, 1: one broken, two mended; McNemar's p of 2 and 1 is 1.
    [Fact]
    public void Scores_are_compared_question_by_question()
    {
        string[] folders = [Scored("sc-a", 1, 1, 0, 0), Scored("sc-b", 1, 0, 1, 1), Scored("sc-c", 1, 1, 0, 0)];

        Outcome two = runs.Run("compare", folders[0], folders[1], "--html", runs.PathOf("compare.html")), three = runs.Run("compare", folders);

        Assert.True(two.ExitCode == 0, two.Errors);
        Assert.Contains("| sc-b | color | 2 | 1.000 | 0.500 | -0.500 |", two.Output, StringComparison.Ordinal);
        Assert.Matches(@"\| sc-b \| all \| 4 \| 0\.500 \| 0\.750 \| \+0\.250 \| -0\.500 to \+1\.000 \| \S+ \| 2 \| 1 \| 1\.000 \|", two.Output);
        Assert.Contains($"right now in {folders[1]}: 2 of 2", two.Output, StringComparison.Ordinal);
        Assert.Contains("- q2: <b>0 -> <b>1 (what 2?)", two.Output, StringComparison.Ordinal);
        string page = File.ReadAllText(runs.PathOf("compare.html"));
        Assert.Contains("&lt;b&gt;0 &rarr; &lt;b&gt;1", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>0", page, StringComparison.Ordinal);
        Assert.Contains("all 3 runs: mean score 0.583, sample deviation 0.144", three.Output, StringComparison.Ordinal);
        Assert.Contains("| sc-c | all | 4 | 0.500 | 0.500 | 0.000 | 0.000 to 0.000 | 1.000 | 0 | 0 | 1.000 |", three.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_of_other_questions_are_not_compared()
    {
        string one = Scored("sc-d", 1, 1, 0, 0), fewer = Scored("sc-e", 1, 1, 0), rows = Written("sc-f", 1, 0.5, 2, 3);

        Assert.Equal($"error: question q3 of {one} was not asked in this run: different questions cannot be paired\n   at: {fewer}\n"
            + "  try: runs of the same --data, --limit and --task\n", runs.Run("compare", one, fewer).Errors);
        Assert.Contains("this run has no answers.parquet, and others have", runs.Run("compare", one, rows).Errors, StringComparison.Ordinal);
        Assert.Contains("error: there is no such run\n", runs.Run("compare", one, runs.PathOf("nowhere")).Errors, StringComparison.Ordinal);
        Assert.Contains("one run has nothing beside it", runs.Run("compare", one).Errors, StringComparison.Ordinal);
        Assert.Contains("pages are made of score runs", runs.Run("compare", rows, rows, "--html", "page.html").Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Two_answers_to_one_question_are_not_compared(int which)
    {
        string[] folders = [Scored($"sc-g{which}", 1, 0), Scored($"sc-h{which}", 1, 0)];
        Answered(Path.GetFileName(folders[which]), 1, 1, 0);

        Assert.Equal($"error: two answers of this run are to a question q0\n   at: {folders[which]}\n  try: a run of ./vlm score of this version\n",
            runs.Run("compare", folders).Errors);
    }

    private string Scored(string folder, params double[] scores) => Answered(folder, int.MaxValue, scores);

    // As many questions as are said; answers beyond them are to the first again.
    private string Answered(string folder, int questions, params double[] scores)
    {
        string path = Directory.CreateDirectory(runs.PathOf(folder)).FullName;
        ParquetFile.Write(Path.Combine(path, "answers.parquet"),
            [new("moment", ColumnType.Text), new("id", ColumnType.Text), new("kind", ColumnType.Text), new("answer", ColumnType.Text), new("reward", ColumnType.Real),
                new("correct", ColumnType.Flag), new("question", ColumnType.Text)],
            scores.Select((_, i) => (IReadOnlyList<object?>)["before", $"q{i}", "color", "nothing", 0.0, false, "?"])
                .Concat(scores.Select((score, i) => (IReadOnlyList<object?>)["after", $"q{i % questions}", i < 2 ? "color" : "count", $"<b>{score}", score, score >= 1, $"what {i}?"])));
        return path;
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
