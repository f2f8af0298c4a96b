using Vlm;

namespace Grpo.Runs;

/// <summary>One option's value and where it came from.</summary>
internal sealed record BoundOption(OptionSpec Spec, object? Value, OptionSource Source);

/// <summary>
/// Every option of a run with its value: the last of default, smoke, resumed run and command line that gave one.
/// </summary>
internal static class BoundOptions
{
    public static BoundOption[] Bind(
        IEnumerable<OptionSpec> specs,
        bool smoke,
        Dictionary<string, string[]> saved,
        Dictionary<string, string[]> typed) =>
        [.. specs.Select(spec => Bind(spec, smoke, saved, typed))];

    /// <summary>Sets the properties of a fresh record.</summary>
    public static T Fill<T>(T record, IEnumerable<BoundOption> bound) where T : class
    {
        foreach (BoundOption option in bound)
            if (option.Spec.IsOf(typeof(T)))
                option.Spec.Set(record, option.Value);
        return record;
    }

    /// <summary>Throws on a required option without a value.</summary>
    public static void CheckRequired(string recipe, IEnumerable<BoundOption> bound)
    {
        foreach (BoundOption option in bound)
            if (option.Spec.Info.Required && option.Value is null or "")
                throw new UsageException(
                    $"{recipe} needs {option.Spec.Name}: {option.Spec.Info.Description}", $"./vlm {recipe}",
                    option.Spec.Suggestion(null));
    }

    private static BoundOption Bind(
        OptionSpec spec, bool smoke, Dictionary<string, string[]> saved, Dictionary<string, string[]> typed)
    {
        if (typed.TryGetValue(spec.Name, out string[]? words))
            return new(spec, spec.Read(words), OptionSource.CommandLine);
        if (saved.TryGetValue(spec.Name, out words))
            return new(spec, spec.Read(words), OptionSource.Resumed);
        if (smoke && spec.Info.Smoke is { } value)
            return new(spec, spec.Type.IsEnum ? value : Convert.ChangeType(value, spec.Type, null), OptionSource.Smoke);
        return new(spec, spec.Default, OptionSource.Default);
    }
}
