using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Recipes.Cli;
using Vlm;
using Vlm.Testing;

namespace Cli.Tests;

public sealed class RecipeCommandTests : IDisposable
{
    private readonly TestRecipe _recipe = new();

    public void Dispose() => _recipe.Dispose();

    [Theory]
    [InlineData("--group-size 1", "group-of-one.txt")]
    [InlineData("--gruop-size 8", "unknown-option.txt")]
    [InlineData("--gruop-size=8", "unknown-option-with-equals.txt")]
    [InlineData("--freze-vision", "unknown-flag.txt")]
    [InlineData("--colour red", "unknown-option-near-none.txt")]
    [InlineData("shapes", "stray-word.txt")]
    [InlineData("--steps 0", "value-too-small.txt")]
    [InlineData("--learning-rate 1.5", "value-too-large.txt")]
    [InlineData("--learning-rate 0", "value-at-open-limit.txt")]
    [InlineData("--learning-rate NaN", "value-not-a-number.txt")]
    [InlineData("--group-size eight", "value-of-wrong-type.txt")]
    [InlineData("--group-size 99999999999", "value-overflows.txt")]
    [InlineData("--curriculum easy-frist", "value-of-no-enum.txt")]
    [InlineData("--group-size --smoke", "value-missing.txt")]
    [InlineData("--group-size 4 --group-size 6", "value-twice.txt")]
    [InlineData("--micro-batch-size 3", "options-do-not-fit.txt")]
    [InlineData("--resume", "nothing-to-resume.txt")]
    public void A_mistake_is_three_lines_and_exit_code_2(string args, string golden)
    {
        int code = _recipe.Run(args, _ => Assert.Fail("the recipe ran"));

        Golden.Equal(golden, _recipe.Error);
        Assert.Equal(2, code);
        Assert.Equal(3, _recipe.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.False(Directory.Exists(_recipe.Folder));
    }

    // Each as it would be alone, in the order of the options.
    [Theory]
    [InlineData("--group-size 1 --learning-rate 0", 2, "group-size", "learning-rate")]
    [InlineData("--group-size 1 --learning-rate 0 --curriculum easy-frist", 3, "group-size", "learning-rate", "curriculum")]
    public void Mistakes_are_told_all_at_once(string args, int count, params string[] options)
    {
        int code = _recipe.Run(args, _ => Assert.Fail("the recipe ran"));

        string[] lines = _recipe.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, 3 * count), (code, lines.Length));
        foreach ((int i, string option) in options.Index())
        {
            using var alone = new TestRecipe();
            _ = alone.Run($"--{option} {args.Split($"--{option} ")[1].Split(' ')[0]}", _ => Assert.Fail("the recipe ran"));
            Assert.Equal(alone.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), lines[(3 * i)..(3 * i + 3)]);
        }
        Assert.False(Directory.Exists(_recipe.Folder));
    }

    [Fact]
    public void A_missing_native_library_is_three_lines()
    {
        var error = new TypeInitializationException("Native", new DllNotFoundException(
            "Unable to load shared library 'duckdb' or one of its dependencies. In order to help diagnose, set LD_DEBUG.\nmore"));

        int code = _recipe.Run("", _ => throw error);

        string[] lines = _recipe.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, code);
        Assert.Contains("error: a native library is missing or damaged: Unable to load shared library 'duckdb' or one of its dependencies",
            lines);
        Assert.Equal("  try: dotnet restore, then build again; a published program brings its libraries along", lines[^1]);
    }

    [Fact]
    public void A_required_option_must_be_given()
    {
        int code = _recipe.RunAs<NeedsData>(["--out", _recipe.Folder], _ => Assert.Fail("the recipe ran"));

        Golden.Equal("required-option.txt", _recipe.Error);
        Assert.Equal(2, code);
    }

    [Fact]
    public void Help_lists_every_option_with_default_limits_and_smoke_value()
    {
        int code = _recipe.Run("--help", _ => Assert.Fail("the recipe ran"));

        Golden.Equal("help.txt", _recipe.Out);
        Assert.Equal(0, code);
        Assert.Equal("", _recipe.Error);
    }

    [Fact]
    public void Options_come_from_the_command_line_then_smoke_then_the_record()
    {
        TestOptions? seen = null;
        int code = _recipe.Run(
            "--smoke --learning-rate=3e-4 --curriculum mixed --without count exists --freeze-vision --seed -7",
            run => seen = run.Options);

        Assert.Equal("", _recipe.Error);
        Assert.Equal(0, code);
        Assert.Equal(["count", "exists"], seen!.Without);
        Assert.Equal(
            new TestOptions { GroupSize = 2, LearningRate = 3e-4, Curriculum = Curriculum.Mixed, FreezeVision = true },
            seen with { Without = new TestOptions().Without });
        Assert.Equal(("2", "smoke"), Saved("group-size"));
        Assert.Equal(("0.0003", "command line"), Saved("learning-rate"));
        Assert.Equal(("mixed", "command line"), Saved("curriculum"));
        Assert.Equal(("400", "default"), Saved("steps"));
        Assert.Equal(("-7", "command line"), Saved("seed"));
    }

    [Fact]
    public void Numbers_are_read_the_same_in_every_culture()
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        System.Globalization.CultureInfo.CurrentCulture = new("de-DE");
        try
        {
            double rate = 0;
            _recipe.Run("--learning-rate 0.25", run => rate = run.Options.LearningRate);

            Assert.Equal(0.25, rate);
            Assert.Equal(("0.25", "command line"), Saved("learning-rate"));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_mistake_found_inside_the_recipe_is_three_lines_too()
    {
        int code = _recipe.Run("", _ => throw new UsageException("no weights", "models/tiny", "./vlm sft-shapes"));

        Assert.Equal((2, "error: no weights\n   at: models/tiny\n  try: ./vlm sft-shapes\n"), (code, _recipe.Error));
    }

    [Fact]
    public void A_defect_prints_the_exception_and_returns_1()
    {
        int code = _recipe.Run("", _ => throw new InvalidOperationException("ratio is NaN"));

        Assert.Equal(1, code);
        Assert.Contains("System.InvalidOperationException: ratio is NaN", _recipe.Error, StringComparison.Ordinal);
    }

    private (string Value, string Source) Saved(string name)
    {
        using JsonDocument json = JsonDocument.Parse(_recipe.Read("options.json"));
        JsonElement option = json.RootElement.GetProperty("options").GetProperty(name);
        return (option.GetProperty("value").ToString(), option.GetProperty("source").GetString()!);
    }

    private sealed record NeedsData
    {
        [Description("folder with the sentences"), Required, Option(Example = "../shared/data/nlvr")]
        public string? Data { get; init; }
    }
}
