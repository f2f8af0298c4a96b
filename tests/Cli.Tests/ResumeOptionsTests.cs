using Recipes.Cli;
using Vlm.Grpo;

namespace Cli.Tests;

/// <summary>What --resume takes, says, and leaves alone.</summary>
public sealed class ResumeOptionsTests : IDisposable
{
    private readonly TestRecipe _recipe = new();

    public void Dispose() => _recipe.Dispose();

    [Fact]
    public void A_finished_run_is_not_resumed_and_nothing_of_it_is_lost()
    {
        Finish(checkpoint: false);
        Dictionary<string, string> before = Files();

        int code = _recipe.Run("--resume", _ => Assert.Fail("the recipe ran"));

        Assert.Equal(2, code);
        Assert.Equal("error: the run in FOLDER is finished: nothing is left to resume\n   at: --resume --out FOLDER\n"
            + "  try: --out FOLDER-2\n", _recipe.Error);
        Assert.Equal(before, Files());
    }

    [Theory]
    [InlineData("--resume --learning-rate 0.1")]
    [InlineData("--resume --steps 3")]
    public void Other_options_do_not_open_it_again(string args)
    {
        Finish(checkpoint: true);
        Dictionary<string, string> before = Files();

        Assert.Equal(2, _recipe.Run(args, _ => Assert.Fail("the recipe ran")));
        Assert.Contains("  try: --resume --out FOLDER --steps 6    or --out FOLDER-2", _recipe.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void More_steps_go_on_from_its_checkpoint()
    {
        Finish(checkpoint: true);
        long first = 0;

        Assert.Equal(0, _recipe.Run("--resume --steps 5", run => first = run.FirstStep));
        Assert.Equal(4, first);
        Assert.Contains("resumed with --steps 5 in place of 3", _recipe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_change_are_named_and_others_are_not()
    {
        _recipe.Run("--steps 6 --learning-rate 0.5 --seed 3", run => run.Log(1, (Metric.Reward, 1)));

        Assert.Equal(0, _recipe.Run("--resume --steps 6 --learning-rate 0.25 --without count --seed 3"));

        Assert.Contains("resumed with --learning-rate 0.25 in place of 0.5\n", _recipe.Error, StringComparison.Ordinal);
        Assert.Contains("resumed with --without count in place of ", _recipe.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--steps", _recipe.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--seed", _recipe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_seed_is_another_run()
    {
        _recipe.Run("--steps 6 --seed 3", run => run.Log(1, (Metric.Reward, 1)));

        Assert.Equal(2, _recipe.Run("--resume --seed 5", _ => Assert.Fail("the recipe ran")));
        Assert.Equal("error: the run was started with seed 3, and goes on with it\n   at: --seed 5\n  try: --seed 3\n", _recipe.Error);
    }

    [Fact]
    public void Options_are_stored_once_a_step_is_made_with_them()
    {
        _recipe.Run("--steps 6 --learning-rate 0.5", run => run.Log(1, (Metric.Reward, 1)));
        string before = _recipe.Read("options.json");

        _recipe.Run("--resume --learning-rate 0.25");
        Assert.Equal(before, _recipe.Read("options.json"));
        _recipe.Run("--resume --learning-rate 0.25", run => run.Log(2, (Metric.Reward, 1)));
        Assert.Contains("0.25", _recipe.Read("options.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_starts_anew_refuses_and_leaves_the_folder_alone()
    {
        Finish(checkpoint: false, RecipeKind.StartsAnew);
        Dictionary<string, string> before = Files();

        Assert.Equal(2, _recipe.Run("--resume", _ => Assert.Fail("the recipe ran"), kind: RecipeKind.StartsAnew));
        Assert.StartsWith("error: this recipe is short and starts anew\n", _recipe.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    private void Finish(bool checkpoint, RecipeKind kind = RecipeKind.Trains) => _recipe.Run("--steps 3", run =>
    {
        run.Log(3, (Metric.Reward, 1));
        if (checkpoint)
            run.SaveCheckpoint(3, folder => File.WriteAllText(Path.Combine(folder, "weights"), "3"));
        run.Finish(new { Before = 1 });
    }, kind: kind);

    private Dictionary<string, string> Files() => Directory.EnumerateFiles(_recipe.Folder, "*", SearchOption.AllDirectories)
        .ToDictionary(file => file, File.ReadAllText);
}
