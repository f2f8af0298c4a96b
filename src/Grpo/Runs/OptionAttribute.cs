namespace Vlm.Grpo;

/// <summary>Makes a property of a recipe's options record an option of its command line.</summary>
/// <remarks>
/// <c>public int GroupSize { get; init; } = 8;</c> becomes <c>--group-size</c>, default 8. Types: int, long, double,
/// bool, string, enums, string[]. A property whose type is an <see cref="IRecipeOptions"/> brings that record's options.
/// </remarks>
/// <param name="description">What it sets, as a phrase that fits after a number: "completions per prompt".</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string description) : Attribute
{
    /// <summary>What it sets, as a phrase that fits after a number: "completions per prompt".</summary>
    public string Description { get; } = description;

    /// <summary>The heading it stands under in --help.</summary>
    public string Group { get; set; } = "Options";

    /// <summary>What one of it is, such as "tokens" or "seconds"; empty where the description says it.</summary>
    public string Unit { get; set; } = "";

    /// <summary>Smallest value allowed.</summary>
    public double Min { get; set; } = double.NegativeInfinity;

    /// <summary>Largest value allowed.</summary>
    public double Max { get; set; } = double.PositiveInfinity;

    /// <summary>Values must be larger than this: a limit that is itself refused.</summary>
    public double Above { get; set; } = double.NegativeInfinity;

    /// <summary>The value under --smoke where the command line gives none; null keeps the default.</summary>
    public object? Smoke { get; set; }

    /// <summary>What to say of a value outside the limits, {0} for the value; null for the general sentence.</summary>
    public string? Problem { get; set; }

    /// <summary>Refuse to start without a value.</summary>
    public bool Required { get; set; }

    /// <summary>A value to type, shown where the option is required and absent or has no default.</summary>
    public string? Example { get; set; }
}
