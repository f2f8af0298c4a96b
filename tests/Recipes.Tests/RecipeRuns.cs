namespace Recipes.Tests;

/// <summary>A folder for runs, and in it a model that answers yes or no and is right now and then; made once.</summary>
/// <remarks>Reinforcement of a model that never is right changes nothing, and proves nothing.</remarks>
public sealed class RecipeRuns : IDisposable
{
    private readonly Lazy<string> _model, _codes, _stages, _learned;

    public RecipeRuns() =>
        (_model, _codes, _stages, _learned) = (new(MakeModel), new(MakeCodes), new(MakeStages), new(MakeLearned));

    /// <summary>Where recipes are started.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("vlm-recipes-").FullName;

    /// <summary>A model, as a path from <see cref="Folder"/>.</summary>
    internal string Model => _model.Value;

    /// <summary>The same model with codes that stand for its answers, as a path from <see cref="Folder"/>.</summary>
    internal string Codes => _codes.Value;

    /// <summary>A finished run of all stages, as a path from <see cref="Folder"/>; its model never was right.</summary>
    internal string Stages => _stages.Value;

    /// <summary>A finished run of latent-learn, as a path from <see cref="Folder"/>.</summary>
    internal string Learned => _learned.Value;

    /// <summary>A path in the folder.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    internal Outcome Run(string recipe, params string[] arguments) => RecipeProcess.Run(Folder, recipe, arguments);

    internal Outcome Type(string typed, string recipe, params string[] arguments)
    {
        using var process = RecipeProcess.Start(Folder, typed, recipe, arguments);
        return process.End();
    }

    internal RecipeProcess Start(string recipe, params string[] arguments) =>
        RecipeProcess.Start(Folder, recipe, arguments);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string MakeCodes()
    {
        LatentFolders.Write(PathOf("codes"), PathOf(Model));
        return "codes";
    }

    private string MakeStages()
    {
        Outcome outcome = Run("latent-ablations", "--smoke", "--ablations", "none", "--out", "stages");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return "stages";
    }

    private string MakeLearned()
    {
        Outcome outcome = Run("latent-learn", "--smoke", "--out", "learned");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return "learned";
    }

    private string MakeModel()
    {
        Outcome outcome = Run("sft-shapes", "--smoke", "--out", "taught", "--kinds", "exists", "--describe-steps", "0",
            "--steps", "40", "--eval-steps", "40", "--width", "64", "--vision-width", "32");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return Path.Combine("taught", "model");
    }
}

/// <summary>Tests that share one <see cref="RecipeRuns"/>, one after the other; a process computes on one core.</summary>
[CollectionDefinition(nameof(RecipeRunsGroup))]
public sealed class RecipeRunsGroup : ICollectionFixture<RecipeRuns>;

/// <summary>Tests that share another, for a second core.</summary>
[CollectionDefinition(nameof(MoreRecipeRunsGroup))]
public sealed class MoreRecipeRunsGroup : ICollectionFixture<RecipeRuns>;
