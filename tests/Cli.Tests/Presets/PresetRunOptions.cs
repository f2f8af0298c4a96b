using Recipes.Cli;
using Vlm;
using Vlm.Grpo;

namespace Cli.Tests.Presets;

/// <summary>What recipes grpo and ppo have of the objective.</summary>
public sealed record PresetRunOptions : GrpoOptions
{
    public PresetOptions Published { get; init; } = new();

    public PpoOptions Ppo { get; init; } = new();

    public CurriculumOptions Curriculum { get; init; } = new();

    public GroupOptions Groups { get; init; } = new();

    /// <summary>The options of a run with a preset and nothing else, as the recipe binds them.</summary>
    public static PresetRunOptions Of(string preset, string recipe = "grpo")
    {
        OptionSpec[] specs = OptionSpec.Of(new PresetRunOptions());
        var given = new GivenWords([]) { Preset = PublishedPreset.Read(preset, recipe, specs) };
        return OptionsCheck.Validate(BoundOptions.Fill(new PresetRunOptions(), BoundOptions.Bind(specs, smoke: false, given)));
    }
}
