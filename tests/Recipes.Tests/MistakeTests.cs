using Vlm;
using Vlm.Datasets;
using Vlm.Rewards;
using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>What a recipe says to a mistake: compared with tests/golden/recipes byte for byte.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class MistakeTests(RecipeRuns runs)
{
    [Theory]
    [InlineData("unknown-option", "quickstart", "--stpes", "10")]
    [InlineData("group-of-one", "grpo", "--smoke", "--group-size", "1")]
    [InlineData("no-model-folder", "grpo", "--model", "nowhere", "--data", "shapes", "--out", "nothing")]
    [InlineData("bench-of-unknown-size", "bench-step", "--size", "huge", "--out", "huge")]
    [InlineData("bench-export-in-bfloat16", "bench-export", "--dtype", "bfloat16", "--out", "bfloat16")]
    public void A_mistake_is_three_lines_and_exit_code_2(string golden, string recipe, params string[] arguments) =>
        AssertMistake(golden, recipe, arguments);

    [Fact]
    public void A_folder_without_weights_is_refused()
    {
        Directory.CreateDirectory(runs.PathOf("weightless"));
        foreach (string file in Directory.GetFiles(runs.PathOf(runs.Model), "*.json"))
            File.Copy(file, runs.PathOf("weightless", Path.GetFileName(file)), overwrite: true);

        AssertMistake("no-weights", "score", "--model", "weightless", "--out", "weightless-score");
    }

    [Fact]
    public void An_image_that_cannot_be_read_is_named_by_file_and_record()
    {
        ParquetExamples.Write(runs.PathOf("damaged.parquet"),
        [
            new Example("drawing-3", "exists", [new byte[] { 1, 2, 3, 4, 5 }], [Message.User("Is there a circle?", 1)],
                new Truth.Word("yes"), "yes"),
        ]);

        AssertMistake("unreadable-image", "score", "--model", runs.Model, "--data", "damaged.parquet", "--out", "damaged");
    }

    [Fact]
    public void A_table_without_answers_is_refused_by_the_columns_it_lacks()
    {
        ParquetFile.Write(runs.PathOf("unanswered.parquet"),
            [new Column("id", ColumnType.Text), new Column("question", ColumnType.Text)], [["drawing-3", "Is it red?"]]);

        AssertMistake("columns-missing", "score", "--model", runs.Model, "--data", "unanswered.parquet", "--out", "lacking");
    }

    [Fact]
    public void Every_golden_file_is_used() =>
        Assert.Equal(8, Repository.Files("tests/golden/recipes").Length);

    private void AssertMistake(string golden, string recipe, params string[] arguments)
    {
        Outcome outcome = runs.Run(recipe, arguments);

        Assert.Equal(Repository.Read($"tests/golden/recipes/{golden}.txt"), outcome.Errors);
        Assert.Equal("", outcome.Output);
        Assert.Equal(2, outcome.ExitCode);
    }
}
