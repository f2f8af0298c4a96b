using System.Text.Json;
using System.Text.RegularExpressions;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>./vlm data: what is read, what does not fit, and the page of rows.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public partial class DataToolTests(RecipeRuns runs)
{
    [Fact]
    public void It_says_what_is_read_and_draws_each_box_where_it_is()
    {
        string file = OwnDataFiles.Write("coco", runs.PathOf("coco"), 5);

        Outcome outcome = runs.Run("data", file, "--model", runs.PathOf(runs.Model), "--out", "page.html", "--rows", "5");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.StartsWith($"{file}: JSON, layout coco, 5 rows, 5 examples\n  columns read: bbox, coco_category, file_name, id, image_height, image_width; not read: category\n"
            + "5 examples, 5 images; kinds: ground 5; truths: region 5\n", outcome.Output);
        Assert.Contains("every prompt fits\n", outcome.Output, StringComparison.Ordinal);
        string page = File.ReadAllText(runs.PathOf("page.html"));
        double[][] drawn = [.. Rectangle().Matches(page).Select(match =>
            match.Groups["n"].Captures.Select(number => double.Parse(number.ValueSpan, null)).ToArray())];
        // In per cent of 64 pixels; the square's edge is 24: 37.5 %.
        Assert.Equal(Enumerable.Range(0, 5).Select(i => OwnDataFiles.Square.Of(i, 0))
            .Select(square => (double[])[Math.Round(square.X / 0.64, 2), Math.Round(square.Y / 0.64, 2), 37.5, 37.5]), drawn, Close);
        Assert.Equal(5, page.Split("<img ").Length - 1);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);

        static bool Close(double[] expected, double[] actual) => expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) < 0.011);
    }

    [Fact]
    public void A_prompt_that_does_not_fit_is_named_with_its_tokens_and_texts_are_escaped()
    {
        string file = runs.PathOf("rows.jsonl");
        File.WriteAllLines(file, [Row("short", "<script>alert(1)</script>"), Row("long", string.Concat(Enumerable.Repeat("word ", 60)))]);

        Outcome outcome = runs.Run("data", file, "--model", runs.PathOf(runs.Model), "--max-prompt-length", "40", "--out", "escaped.html");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(@"(?m)^1 prompts do not fit; --max-pixels makes images smaller:\n  record long: the prompt has \d+ tokens, 0 of them for images, and the longest may have 40$", outcome.Output);
        string page = File.ReadAllText(runs.PathOf("escaped.html"));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);

        static string Row(string id, string question) => JsonSerializer.Serialize(new { id, question, answer = "red" });
    }

    [Fact]
    public void Mistakes_are_three_lines_in_the_words_of_the_command_line()
    {
        string file = OwnDataFiles.Write("easyr1", runs.PathOf("easyr1"), 4);

        Assert.Equal(
            $"error: there is no column gold for the answer; there are images, problem, answer\n   at: {file}, row 1\n  try: --columns answer=images\n"
                .Replace("answer=images", "answer=problem", StringComparison.Ordinal),
            runs.Run("data", file, "--columns", "answer=gold").Errors);
        Assert.StartsWith("error: the condition does not work: Parser Error", runs.Run("data", file, "--where", "answer = ").Errors);
        Assert.EndsWith("--where answer = \n  try: a condition over images, problem, answer\n", runs.Run("data", file, "--where", "answer = ").Errors);
        Assert.Equal(2, runs.Run("data").ExitCode);
        Outcome overlap = runs.Run("data", file, "--eval", file, "--split", "75/25", "--rows", "0");
        Assert.Contains("1 of 4 examples are held out (75/25), by image", overlap.Output, StringComparison.Ordinal);
        Assert.Contains("4 of 4 questions to measure on are also trained on, the first is easyr1-0-1", overlap.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("<div style=\"left:(?<n>[0-9.]+)%;top:(?<n>[0-9.]+)%;width:(?<n>[0-9.]+)%;height:(?<n>[0-9.]+)%\"></div>")]
    private static partial Regex Rectangle();
}
