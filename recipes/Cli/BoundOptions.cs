using System.Text.Json.Nodes;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>One option's value and where it came from.</summary>
internal sealed record BoundOption(OptionSpec Spec, object? Value, OptionSource Source);

/// <summary>The words of options by name, from each place that gives some.</summary>
internal sealed record GivenWords(Dictionary<string, string[]> Typed)
{
    /// <summary>Of the run that is resumed.</summary>
    public Dictionary<string, string[]> Saved { get; init; } = [];

    /// <summary>Of the file that --options names.</summary>
    public Dictionary<string, string[]> File { get; init; } = [];
}

/// <summary>
/// Every option of a run with its value: the last of default, file, smoke, resumed run and command line that gave one.
/// </summary>
internal static class BoundOptions
{
    public static BoundOption[] Bind(
        IEnumerable<OptionSpec> specs,
        bool smoke,
        GivenWords given) =>
        [.. specs.Select(spec => Bind(spec, smoke, given))];

    /// <summary>Sets the properties of a fresh record.</summary>
    public static T Fill<T>(T record, IEnumerable<BoundOption> bound) where T : class
    {
        foreach (BoundOption option in bound)
            if (option.Spec.IsOf(typeof(T)))
                option.Spec.Set(record, option.Value);
        return record;
    }

    /// <summary>Each value with its source, for options.json.</summary>
    public static JsonObject Json(IEnumerable<BoundOption> bound)
    {
        var options = new JsonObject();
        foreach (BoundOption option in bound)
            options[option.Spec.Name[2..]] = RunFolder.Entry(
                option.Value, OptionText.Kebab(option.Source.ToString()).Replace('-', ' '));
        return options;
    }

    /// <summary>Throws on a required option without a value.</summary>
    public static void CheckRequired(string recipe, IEnumerable<BoundOption> bound)
    {
        foreach (BoundOption option in bound)
            if (option.Spec.Required && option.Value is null or "" or string[] { Length: 0 })
                throw new UsageException(
                    $"{recipe} needs {option.Spec.Name}: {option.Spec.Description}", $"./vlm {recipe}",
                    option.Spec.Suggestion(null));
    }

    private static BoundOption Bind(OptionSpec spec, bool smoke, GivenWords given)
    {
        if (given.Typed.TryGetValue(spec.Name, out string[]? words))
            return new(spec, spec.Read(words), OptionSource.CommandLine);
        if (given.Saved.TryGetValue(spec.Name, out words))
            return new(spec, spec.Read(words), OptionSource.Resumed);
        if (smoke && spec.Smoke is { } value)
            return new(spec, spec.IsList ? spec.Read([(string)value])
                : spec.Type.IsEnum ? value : Convert.ChangeType(value, spec.Type, null), OptionSource.Smoke);
        return given.File.TryGetValue(spec.Name, out words)
            ? new(spec, spec.Read(words), OptionSource.File) : new(spec, spec.Default, OptionSource.Default);
    }
}
