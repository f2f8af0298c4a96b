using System.Text.Json;
using Recipes.Cli;
using Vlm.Testing;

namespace Cli.Tests;

/// <summary>Options from a file stand between the record's defaults and what is typed.</summary>
public sealed class OptionsFileTests : IDisposable
{
    private readonly TestRecipe _recipe = new();
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-options-");

    public void Dispose()
    {
        _recipe.Dispose();
        _files.Delete(recursive: true);
    }

    // The file says 12, 6 and true; 6 is typed over, and nothing is said of micro-batch.
    [Fact]
    public void A_file_is_stronger_than_defaults_and_weaker_than_what_is_typed()
    {
        string file = Written("""
            {
              // names with dashes or without
              "--group-size": 12, "prompts-per-step": 6, "--freeze-vision": true, "--without": ["count", "exists"],
              "--curriculum": { "value": "mixed", "comment": "as published" }, "--learning-rate": 2.5e-4, "--data": null
            }
            """);
        TestOptions seen = Seen($"--options {file} --prompts-per-step 3");

        Assert.Equal(["count", "exists"], seen.Without);
        Assert.Equal(
            new TestOptions
            {
                GroupSize = 12,
                PromptsPerStep = 3,
                FreezeVision = true,
                Curriculum = Curriculum.Mixed,
                LearningRate = 2.5e-4,
                Without = seen.Without,
            },
            seen);
        Assert.Equal(("12", "file"), Saved("group-size"));
        Assert.Equal(("3", "command line"), Saved("prompts-per-step"));
        Assert.Equal(("2", "default"), Saved("micro-batch-size"));
        Assert.Equal((file, "command line"), Saved("options"));
    }

    // The record's smoke value is 2; steps has none.
    [Fact]
    public void A_smoke_run_stays_small()
    {
        TestOptions seen = Seen($"--smoke --options {Written("""{ "--group-size": 512, "--steps": 7 }""")}");

        Assert.Equal((2, 7L), (seen.GroupSize, seen.Steps));
        Assert.Equal(("2", "smoke"), Saved("group-size"));
    }

    [Fact]
    public void The_options_of_a_run_make_the_same_run_elsewhere()
    {
        TestOptions first = Seen("--group-size 4 --without count --seed 9");
        File.Copy(Path.Combine(_recipe.Folder, "options.json"), Path.Combine(_files.FullName, "options.json"));
        Directory.Delete(_recipe.Folder, recursive: true);

        TestOptions second = Seen($"--options {Path.Combine(_files.FullName, "options.json")}");

        Assert.Equal(first, second with { Without = first.Without });
        Assert.Equal(["count"], second.Without);
        Assert.Equal(("9", "file"), Saved("seed"));
    }

    // What the run began with stands, whatever has become of the file.
    [Fact]
    public void A_resumed_run_keeps_the_values_it_began_with()
    {
        string file = Written("""{ "--group-size": 12 }""");
        _ = Seen($"--options {file}");
        File.WriteAllText(file, """{ "--group-size": 16 }""");

        Assert.Equal(12, Seen("--resume").GroupSize);
        _recipe.Run("--resume", run => run.Log(1, (Vlm.Grpo.Metric.Reward, 1)));
        Assert.Equal(("12", "resumed"), Saved("group-size"));
        Assert.Equal((file, "resumed"), Saved("options"));
        Assert.Equal(12, Seen($"--resume --options {file}").GroupSize);
    }

    [Fact]
    public void Without_a_folder_the_file_names_the_run()
    {
        OptionSpec[] specs = [.. OptionSpec.Of(new TestOptions()), .. OptionSpec.Of(new RunOptions())];

        Assert.Equal(Path.Combine("runs", "mine"), Folder(Written("{}", "mine.json")));
        Assert.Equal(Path.Combine("runs", "mine-smoke"), Folder(Written("""{ "--smoke": true }""", "mine.json")));
        Assert.Equal(Path.Combine("runs", "shapes"), Folder(Written("{}", "options.json")));

        string Folder(string file) => Plan<TestOptions>.Read(["--options", file], "shapes", specs, RecipeKind.Trains).Folder;
    }

    [Theory]
    [InlineData(null, "options-file-absent.txt")]
    [InlineData("{ \"--group-size\": 4", "options-file-no-json.txt")]
    [InlineData("[4]", "options-file-no-object.txt")]
    [InlineData("{ \"options\": 4 }", "options-file-no-options.txt")]
    [InlineData("{ \"--gruop-size\": 4 }", "options-file-unknown.txt")]
    [InlineData("{ \"--colour\": 4 }", "options-file-near-none.txt")]
    [InlineData("{ \"--group-size\": 1 }", "options-file-too-small.txt")]
    [InlineData("{ \"--group-size\": \"eight\" }", "options-file-wrong-type.txt")]
    [InlineData("{ \"--group-size\": [4, 5] }", "options-file-list-for-one.txt")]
    [InlineData("{ \"--data\": { \"folder\": \"x\" } }", "options-file-object-for-one.txt")]
    [InlineData("{ \"--group-size\": 4, \"--group-size\": 6 }", "options-file-twice.txt")]
    [InlineData("{ \"--group-size\": 4, \"group-size\": 6 }", "options-file-twice-by-two-names.txt")]
    [InlineData("{ \"--out\": \"runs/mine\" }", "options-file-with-out.txt")]
    public void A_mistake_in_a_file_is_three_lines_and_exit_code_2(string? text, string golden)
    {
        string file = Path.Combine(_files.FullName, "file.json");
        if (text is not null)
            File.WriteAllText(file, text);

        int code = _recipe.Run($"--options {file}", _ => Assert.Fail("the recipe ran"));

        string error = _recipe.Error.Replace(_files.FullName, "FILES", StringComparison.Ordinal);
        Golden.Equal(golden, error);
        Assert.Equal(2, code);
        Assert.Equal(3, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.False(Directory.Exists(_recipe.Folder));
    }

    private TestOptions Seen(string args)
    {
        TestOptions? seen = null;
        int code = _recipe.Run(args, run => seen = run.Options);
        Assert.Equal("", _recipe.Error);
        Assert.Equal(0, code);
        return seen!;
    }

    private string Written(string text, string name = "file.json")
    {
        string path = Path.Combine(_files.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private (string Value, string Source) Saved(string name)
    {
        using JsonDocument json = JsonDocument.Parse(_recipe.Read("options.json"));
        JsonElement option = json.RootElement.GetProperty("options").GetProperty(name);
        return (option.GetProperty("value").ToString(), option.GetProperty("source").GetString()!);
    }
}
