using System.Text.Json;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>Published settings by name: files of options in recipes/presets, each of one recipe, with its source.</summary>
/// <remarks>
/// A file has the fields "recipe", "comment" (one line), "source" (repository, version and file, or paper and section) and "options",
/// by name <c>{ "value": ..., "comment": "what its author calls it, or why" }</c>. A field that is none of these is refused.
/// </remarks>
internal static class PublishedPreset
{
    /// <summary>Where they lie in the project.</summary>
    public const string Folder = "recipes/presets";

    private const string Flag = "--preset";

    private static readonly string[] s_fields = ["recipe", "comment", "source", "options"], s_ofOption = ["value", "comment"];

    /// <summary>The name that was typed, or written into a file of options; null without one, and for recipes that know none.</summary>
    public static string? Named(IEnumerable<OptionSpec> specs, GivenWords given) => Knows(specs)
        && (given.Typed.GetValueOrDefault(Flag) ?? given.File.GetValueOrDefault(Flag)) is [var name] ? name : null;

    /// <summary>Refuses another preset than that of the run that goes on: what it had set has been saved with the rest.</summary>
    /// <exception cref="UsageException">The run was started with another, or with none.</exception>
    public static void CheckResumed(IEnumerable<OptionSpec> specs, GivenWords given)
    {
        if (!Knows(specs) || given.Typed.GetValueOrDefault(Flag) is not [var name])
            return;
        string? before = given.Saved.GetValueOrDefault(Flag) is [var saved] ? saved : null;
        if (before != name)
            throw new UsageException(
                $"the run was started {(before is null ? "without a preset" : $"with the preset {before}")}, and goes on so",
                $"{Flag} {name}", "the options that are to change, each by its flag");
    }

    /// <summary>The options of a preset, as they would be typed.</summary>
    /// <param name="name">Its name, or a file.</param>
    /// <param name="recipe">The recipe that it is asked of.</param>
    /// <param name="specs">The recipe's options.</param>
    /// <exception cref="UsageException">There is none of that name, it is another recipe's, or a field or a value is none.</exception>
    public static Dictionary<string, string[]> Read(string name, string recipe, IReadOnlyList<OptionSpec> specs)
    {
        string path = PathOf(name, recipe);
        using (JsonDocument json = OptionsFile.Parse(path, Flag))
        {
            Check(json.RootElement, s_fields, path, "a preset");
            if (json.RootElement.TryGetProperty("recipe", out JsonElement of) && of.ValueKind != JsonValueKind.String)
                throw new UsageException($"\"recipe\" must be the name of a recipe, got {of}", $"{path}: \"recipe\"", $"\"recipe\": \"{recipe}\"");
            if (!json.RootElement.TryGetProperty("options", out JsonElement options) || options.ValueKind != JsonValueKind.Object)
                throw new UsageException("the preset has no field \"options\"", $"{Flag} {name}",
                    "\"options\": { \"epsilon\": { \"value\": 0.2 } }");
            if (options.TryGetProperty(Flag[2..], out JsonElement inner))
                throw new UsageException($"a preset takes no other preset, got {inner}", $"{path}: \"{Flag[2..]}\"",
                    "the options of that preset, each by its name");
            foreach (JsonProperty option in options.EnumerateObject().Where(option => option.Value.ValueKind == JsonValueKind.Object))
                Check(option.Value, s_ofOption, path, $"\"{option.Name}\"");
            if (RecipeOf(json) is { } other && other != recipe)
                throw new UsageException($"{name} is a preset of {other}, and not of {recipe}", $"{Flag} {name}", $"./vlm {other} {Flag} {name}");
        }
        return OptionsFile.Read(path, recipe, specs, Flag);
    }

    /// <summary>Names of the presets of a recipe.</summary>
    /// <param name="recipe">Its name.</param>
    public static string[] Names(string recipe) => !Directory.Exists(Machine.InProject(Folder)) ? []
        : [.. Directory.GetFiles(Machine.InProject(Folder), "*.json").Where(path => Its(recipe, path))
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!];

    private static bool Its(string recipe, string path)
    {
        using JsonDocument json = OptionsFile.Parse(path, Flag);
        return RecipeOf(json) == recipe;
    }

    private static string PathOf(string name, string recipe)
    {
        if (name.EndsWith(".json", StringComparison.Ordinal) && File.Exists(name))
            return name;
        string own = Machine.InProject($"{Folder}/{name}.json");
        if (!name.Contains('/', StringComparison.Ordinal) && File.Exists(own))
            return own;
        string[] names = Names(recipe);
        throw new UsageException($"there is no preset \"{name}\"; {recipe} has {string.Join(", ", names)}", $"{Flag} {name}",
            $"{Flag} {(NearestName.Ranked(name, names, 1) is [var near] ? near : "a file")}");
    }

    private static bool Knows(IEnumerable<OptionSpec> specs) => specs.Any(spec => spec.Property.DeclaringType == typeof(PresetOptions));

    private static string? RecipeOf(JsonDocument json) =>
        json.RootElement.TryGetProperty("recipe", out JsonElement of) && of.ValueKind == JsonValueKind.String ? of.GetString() : null;

    private static void Check(JsonElement json, string[] fields, string path, string of)
    {
        foreach (JsonProperty field in json.EnumerateObject())
            if (!fields.Contains(field.Name))
                throw new UsageException($"{of} has no field \"{field.Name}\"", $"{path}: \"{field.Name}\"",
                    NearestName.Of(field.Name, fields) is { } near ? $"\"{near}\"" : $"one of {string.Join(", ", fields)}");
    }
}
