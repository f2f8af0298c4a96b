namespace Vlm;

/// <summary>A setting of an options record that cannot work: the message names the property, its value and what it must be.</summary>
/// <remarks>
/// The texts write <c>Name = value</c>, as a program sets a property; a command line turns each into the flag of that name.
/// </remarks>
/// <param name="problem">What is wrong.</param>
/// <param name="property">The property's name.</param>
/// <param name="value">What it was set to.</param>
/// <param name="fix">A setting that works, as <c>GroupSize = 8</c>.</param>
public sealed class OptionException(string problem, string property, object? value, string fix)
    : UsageException(problem, $"{property} = {OptionText.Show(value)}", fix)
{
    /// <summary>The property's name.</summary>
    public string Property { get; } = property;

    /// <summary>What it was set to.</summary>
    public object? Value { get; } = value;

    /// <summary>"GroupSize must be >= 2, got 1".</summary>
    /// <param name="property">The property's name.</param>
    /// <param name="value">What it was set to.</param>
    /// <param name="rule">"must be >= 2".</param>
    /// <param name="works">A value that keeps the rule; null where it is to be left unset.</param>
    public static OptionException Breaks(string property, object? value, string rule, object? works) =>
        new($"{property} {rule}, got {Got(value)}", property, value,
            OptionText.Show(works) is { Length: > 0 } text ? $"{property} = {text}" : $"leave {property} unset");

    private static string Got(object? value) => OptionText.Show(value) is { Length: > 0 } text ? text : "nothing";
}
