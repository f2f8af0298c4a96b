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

    /// <summary>Of the published setting that --preset names.</summary>
    public Dictionary<string, string[]> Preset { get; init; } = [];
}

/// <summary>
/// Every option of a run with its value: the last of default, preset, file, smoke, resumed run and command line that gave one.
/// </summary>
internal static class BoundOptions
{
    /// <exception cref="UsageException">Words that are no value of their option, all of them at once.</exception>
    public static BoundOption[] Bind(
        IEnumerable<OptionSpec> specs,
        bool smoke,
        GivenWords given)
    {
        (BoundOption? Bound, UsageException? Wrong)[] options = [.. specs.Select(Try)];
        UsageException[] wrong = [.. options.Select(option => option.Wrong).OfType<UsageException>()];
        return wrong.Length == 0 ? [.. options.Select(option => option.Bound!)] : throw UsageException.Of(wrong);

        (BoundOption?, UsageException?) Try(OptionSpec spec)
        {
            try
            {
                return (Bind(spec, smoke, given), null);
            }
            catch (UsageException mistake)
            {
                return (null, mistake);
            }
        }
    }

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
        UsageException[] missing = [.. bound
            .Where(option => option.Spec.Required && option.Value is null or "" or string[] { Length: 0 })
            .Select(option => new UsageException(
                $"{recipe} needs {option.Spec.Name}: {option.Spec.Description}", $"./vlm {recipe}", option.Spec.Suggestion(null)))];
        if (missing.Length > 0)
            throw UsageException.Of(missing);
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
        if (given.File.TryGetValue(spec.Name, out words))
            return new(spec, spec.Read(words), OptionSource.File);
        return given.Preset.TryGetValue(spec.Name, out words)
            ? new(spec, spec.Read(words), OptionSource.Preset) : new(spec, spec.Default, OptionSource.Default);
    }
}
