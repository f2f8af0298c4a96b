using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>Which questions a step asks, and how much each of them counts.</summary>
[Category("Curriculum")]
public sealed record CurriculumOptions : IOptionRules
{
    /// <summary>A name of <see cref="CurriculumMethod.Table"/>.</summary>
    /// <value>The default is shuffled.</value>
    [Description("which questions come next: shuffled passes, a random mixture of data sets, by success rate of kinds, a difficulty band, "
        + "or replay of hard ones")]
    public string Curriculum { get; init; } = CurriculumMethod.Shuffled;

    /// <summary>T of temperature-scaled mixing (T5).</summary>
    /// <value>The default is 1.</value>
    [Description("with mixture: temperature of the weights; a larger one evens them out")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double MixtureTemperature { get; init; } = 1;

    /// <summary>The paper's tau.</summary>
    /// <value>The default is 1.</value>
    [Description("with success-rate: temperature; a smaller one peaks more"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double SuccessTemperature { get; init; } = 1;

    /// <summary>Which success rates are asked for most.</summary>
    /// <value>The default is monotone.</value>
    [Description("with success-rate: ask most for the lowest rate (monotone, as published), or for one near one half")]
    public SuccessMode SuccessMode { get; init; }

    /// <summary>What of a running success rate stays when a step is added to it.</summary>
    /// <value>The default is 0.9.</value>
    [Description("with success-rate: share of the running rate that stays when a step is added"), Range(0d, 1d, MaximumIsExclusive = true)]
    public double SuccessMemory { get; init; } = 0.9;

    /// <summary>The lowest success rate of a question that is asked again in the next pass.</summary>
    /// <value>The default is 0.2.</value>
    [Description("with band: lowest success rate of a question that the next pass asks again"), Range(0d, 1d)]
    public double BandLow { get; init; } = 0.2;

    /// <summary>The highest success rate of a question that is asked again in the next pass.</summary>
    /// <value>The default is 0.8.</value>
    [Description("with band: highest success rate of a question that the next pass asks again"), Range(0d, 1d)]
    public double BandHigh { get; init; } = 0.8;

    /// <summary>For how many passes a question outside of the band is left out.</summary>
    /// <value>The default is 1.</value>
    [Description("with band: passes that leave out a question whose rate was outside"), Range(1, int.MaxValue)]
    public int BandPasses { get; init; } = 1;

    /// <summary>How much of a step is asked again.</summary>
    /// <value>The default is 0.25.</value>
    [Description("with replay: share of a step's questions that were answered wrong before"), Range(0d, 1d)]
    public double ReplayShare { get; init; } = 0.25;

    /// <summary>A name of <see cref="Grpo.PromptWeight.Table"/>: what a prompt's advantages are multiplied by.</summary>
    /// <value>The default is none.</value>
    [Description("weight of a prompt: by its accuracy (odsw-easy, odsw-medium, odsw-hard, binary-easy ...), or small-target")]
    public string PromptWeight { get; init; } = Grpo.PromptWeight.None;

    /// <summary>What PPO, whose advantages are not those of groups, has no place for: weights of prompts. Null without any.</summary>
    public OptionException? ConflictWithPpo() => PromptWeight == Grpo.PromptWeight.None ? null : OptionException.Breaks(
        nameof(PromptWeight), PromptWeight, "must be none in PPO, which compares with a critic", Grpo.PromptWeight.None);

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        OneOf(nameof(Curriculum), Curriculum, CurriculumMethod.Table),
        OneOf(nameof(PromptWeight), PromptWeight, Grpo.PromptWeight.Table),
        new(nameof(BandHigh), BandLow <= BandHigh, $"must be >= BandLow ({OptionText.Show(BandLow)})", Math.Max(BandLow, 0.8)),
    ];

    private static OptionRule OneOf<T>(string property, string name, NamedTable<T> table) where T : INamed => new(
        property, table.Contains(name), $"must be one of {string.Join(", ", table.Names)}",
        NearestName.Of(name, table.Names) ?? table.Names[0]);
}
