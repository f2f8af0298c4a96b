using System.ComponentModel;

namespace Recipes.Cli;

/// <summary>The option of recipes that know published settings by name.</summary>
[Category("Run")]
public sealed record PresetOptions
{
    [Description("published setting of the objective, by its name in recipes/presets, or a file like those; typed options go before it")]
    [Option(Example = "trl-grpo")]
    public string? Preset { get; init; }
}
