using System.Text.Json;
using Vlm;

namespace Recipes.Cli;

/// <summary>Options from a file: those of an earlier run, or those that a person wrote down.</summary>
/// <remarks>
/// Either a run's <c>options.json</c>, <c>{"recipe": ..., "options": {"steps": {"value": 100}}}</c>, or names and values alone,
/// <c>{"--steps": 100}</c>. A value may be an object with a "value", and whatever else its author notes beside it.
/// </remarks>
internal static class OptionsFile
{
    private const string Flag = "--options";

    private static readonly JsonDocumentOptions s_json = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The options of a file, as they would be typed; each is known to the recipe and within its limits.</summary>
    /// <exception cref="UsageException">There is no such file, it is no JSON, or an option or a value is none.</exception>
    /// <param name="path">The file.</param>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="specs">Its options.</param>
    /// <param name="flag">The option that named the file.</param>
    public static Dictionary<string, string[]> Read(string path, string recipe, IReadOnlyList<OptionSpec> specs, string flag = Flag)
    {
        using JsonDocument json = Parse(path, flag);
        bool ofRun = json.RootElement.TryGetProperty("options", out JsonElement options);
        JsonElement named = ofRun ? options : json.RootElement;
        if (named.ValueKind != JsonValueKind.Object)
            throw Wrong("the options are not an object of names and values", path, flag);

        var found = new Dictionary<string, string[]>();
        foreach ((OptionSpec spec, JsonElement value) in named.EnumerateObject()
            .Select(item => (Spec(item.Name, path, recipe, specs), Bare(item.Value))))
            if (value.ValueKind != JsonValueKind.Null && !Passed(spec, ofRun, path)
                && !found.TryAdd(spec.Name, Words(spec, value, path)))
                throw new UsageException($"{spec.Name} is given twice", $"{flag} {path}", "keep one of the two lines");
        return found;
    }

    /// <summary>The file as JSON.</summary>
    /// <exception cref="UsageException">It cannot be read, or is no JSON object.</exception>
    public static JsonDocument Parse(string path, string flag = Flag)
    {
        try
        {
            var json = JsonDocument.Parse(File.ReadAllText(path), s_json);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw Wrong("the file is no JSON object", path, flag);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the options: {error.Message}", $"{flag} {path}",
                $"{flag} runs/<run>/options.json");
        }
        catch (JsonException error)
        {
            throw Wrong($"the file is not JSON: {error.Message}", path, flag);
        }
    }

    private static OptionSpec Spec(string typed, string path, string recipe, IReadOnlyList<OptionSpec> specs)
    {
        string name = typed.StartsWith("--", StringComparison.Ordinal) ? typed : "--" + typed;
        if (specs.FirstOrDefault(spec => spec.Name == name) is { } found)
            return found;

        string? nearest = OptionSpec.Meant(name, specs)?.Name;
        throw new UsageException($"{recipe} has no option {name}", $"{path}: \"{typed}\"",
            nearest is null ? $"./vlm {recipe} --help" : $"\"{nearest}\"");
    }

    private static JsonElement Bare(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("value", out JsonElement inner) ? inner : value;

    // Where a run is and how it is shown belongs to what is typed; a run's file has them all the same.
    private static bool Passed(OptionSpec spec, bool ofRun, string path)
    {
        if (!RunOptions.OfProcess.Contains(spec.Name))
            return false;
        return ofRun ? true : throw new UsageException(
            $"{spec.Name} is typed, and not written into a file of options", $"{path}: \"{spec.Name}\"",
            $"--options {path} {spec.Suggestion(null)}");
    }

    private static string[] Words(OptionSpec spec, JsonElement value, string path)
    {
        bool list = value.ValueKind == JsonValueKind.Array;
        if (value.ValueKind == JsonValueKind.Object || list && !spec.IsList)
            throw new UsageException($"{spec.Name} takes {spec.Kind()}, and not {value.GetRawText()}",
                $"{path}: \"{spec.Name}\"", spec.Suggestion(null));
        string[] words = OptionSpec.Words(value)!;
        try
        {
            _ = spec.Read(words);
            return words;
        }
        catch (UsageException error)
        {
            throw new UsageException(error.Message, $"{path}: {error.Where}", error.Fix);
        }
    }

    private static UsageException Wrong(string problem, string path, string flag) =>
        new(problem, $"{flag} {path}", "{ \"--seed\": 1 } in the file, or the options.json of a run");
}
