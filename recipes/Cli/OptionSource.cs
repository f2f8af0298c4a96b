namespace Recipes.Cli;

/// <summary>Where the value of an option came from.</summary>
public enum OptionSource
{
    /// <summary>The options record.</summary>
    Default,

    /// <summary>The published setting that --preset names.</summary>
    Preset,

    /// <summary>The file that --options names.</summary>
    File,

    /// <summary>The value that --smoke sets.</summary>
    Smoke,

    /// <summary>The run that is resumed.</summary>
    Resumed,

    /// <summary>Typed.</summary>
    CommandLine,
}
