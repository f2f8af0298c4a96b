namespace Recipes.Cli;

/// <summary>What may be done with the folder of an earlier run of a recipe.</summary>
public enum RecipeKind
{
    /// <summary>It trains: the folder is kept, and a run that was stopped goes on with --resume.</summary>
    Trains,

    /// <summary>It trains for minutes, saves no checkpoints, and so refuses --resume.</summary>
    StartsAnew,

    /// <summary>It only measures: an earlier run of it in the same folder is replaced.</summary>
    Measures,
}
