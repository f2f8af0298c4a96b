namespace Recipes.Cli;

/// <summary>What the terminal alone needs to know of an option, beside its description and range.</summary>
/// <remarks>
/// <c>[Description("completions per prompt"), Range(2, int.MaxValue)] public int GroupSize { get; init; } = 8;</c> becomes
/// <c>--group-size</c>, default 8. Types: int, long, double, bool, string, enums, string[]. A property that holds a record with
/// such properties brings that record's options. Options of libraries have their values for the terminal in
/// <see cref="LibraryOptions"/>.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute : Attribute
{
    /// <summary>The value under --smoke where the command line gives none; null keeps the default.</summary>
    public object? Smoke { get; set; }

    /// <summary>A value to type, shown where the option is required and absent or has no default.</summary>
    public string? Example { get; set; }
}
