using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Images;

namespace Vlm.Models;

/// <summary>The files that say how a checkpoint prepares pictures; whatever is wrong names the file.</summary>
internal static class ProcessorJson
{
    /// <summary>Where newer folders nest what <see cref="Preprocessor"/> held.</summary>
    public const string Processor = "processor_config.json";

    /// <summary>How pictures are prepared.</summary>
    public const string Preprocessor = "preprocessor_config.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>
    /// Parses the <c>image_processor</c> of processor_config.json, or else preprocessor_config.json.
    /// </summary>
    /// <exception cref="UsageException">Neither is there, or a field is wrong.</exception>
    public static T Image<T>(string folder, Func<JsonElement, T> parse)
    {
        if (Read(folder, Processor) is { } processor && Find(processor, "image_processor") is { } nested)
            return Guard(Path.Combine(folder, Processor), () => parse(nested));

        return Read(folder, Preprocessor) is { } json
            ? Guard(Path.Combine(folder, Preprocessor), () => parse(json))
            : throw Missing(folder, Preprocessor);
    }

    /// <summary>A file's object, or null where there is no such file.</summary>
    public static JsonElement? Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        return Guard(path, () =>
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new FormatException("it holds no object");
        });
    }

    /// <summary>What to say of a file that is not there.</summary>
    public static UsageException Missing(string folder, string name) =>
        new($"there is no {name}", folder, "a folder as Hugging Face checkpoints have it");

    /// <summary>Refuses a processor that prepares images otherwise than the model takes them.</summary>
    /// <remarks>Weights have the sizes of config.json, so it is the processor's file that is of another model.</remarks>
    public static void RequireEqual(string folder, string field, int prepared, int taken)
    {
        if (prepared != taken)
            throw new UsageException(
                $"pictures are prepared with {field} {prepared}, and the sizes in config.json take {taken}", folder,
                $"the processor's files of this model, or {field} {taken} in them");
    }

    /// <summary>Writes an object, indented.</summary>
    public static void Write(string folder, string name, JsonObject json) =>
        File.WriteAllText(Path.Combine(folder, name), json.ToJsonString(s_json) + "\n");

    /// <summary>Numbers as an array.</summary>
    public static JsonArray Array(IEnumerable<float> values) => [.. values.Select(value => JsonValue.Create(value))];

    /// <summary>A field, or null where it is absent or null.</summary>
    public static JsonElement? Find(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{Short(json)} stands where an object with {name} belongs");
        return json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A flag; true where it is absent, as in transformers' processors.</summary>
    public static bool Flag(JsonElement json, string name) => Find(json, name) is not { } value
        || value.ValueKind == JsonValueKind.True
        || (value.ValueKind == JsonValueKind.False ? false : throw Wrong(name, value, "true or false"));

    /// <summary>A whole number above 0 and up to <paramref name="most"/>.</summary>
    public static long Count(JsonElement json, string name, long absent, long most = int.MaxValue)
    {
        if (Find(json, name) is not { } value)
            return absent;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long count)
            && count > 0 && count <= most
            ? count
            : throw Wrong(name, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"));
    }

    /// <summary><c>resample</c>.</summary>
    public static ResizeFilter Filter(JsonElement json, ResizeFilter absent)
    {
        if (Find(json, "resample") is not { } value)
            return absent;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            && Enum.IsDefined((ResizeFilter)number)
            ? (ResizeFilter)number
            : throw Wrong("resample", value, "a filter from 1 to 5");
    }

    /// <summary><c>rescale_factor</c>; 1 where <c>do_rescale</c> is false.</summary>
    public static double Rescale(JsonElement json)
    {
        if (!Flag(json, "do_rescale"))
            return 1;
        return Find(json, "rescale_factor") is not { } value ? 1.0 / 255
            : value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble()
            : throw Wrong("rescale_factor", value, "a number");
    }

    /// <summary><c>image_mean</c>; zeros where <c>do_normalize</c> is false.</summary>
    public static IReadOnlyList<float> Mean(JsonElement json, IReadOnlyList<float> absent) =>
        Flag(json, "do_normalize") ? Channels(json, "image_mean", absent) : [0, 0, 0];

    /// <summary><c>image_std</c>; ones where <c>do_normalize</c> is false.</summary>
    public static IReadOnlyList<float> Deviation(JsonElement json, IReadOnlyList<float> absent)
    {
        if (!Flag(json, "do_normalize"))
            return [1, 1, 1];
        IReadOnlyList<float> values = Channels(json, "image_std", absent);
        return values.Contains(0) ? throw new FormatException("image_std holds a 0, which divides") : values;
    }

    private static IReadOnlyList<float> Channels(JsonElement json, string name, IReadOnlyList<float> absent)
    {
        if (Find(json, name) is not { } values)
            return absent;
        return values.ValueKind == JsonValueKind.Array && values.GetArrayLength() == 3
            && values.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number)
            ? [.. values.EnumerateArray().Select(value => value.GetSingle())]
            : throw Wrong(name, values, "3 numbers");
    }

    private static FormatException Wrong(string name, JsonElement value, string rule) =>
        new($"{name} is {Short(value)}, not {rule}");

    private static string Short(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length > 40 ? text[..40] + "..." : text;
    }

    /// <summary>Reads, and says of which file it is that something is wrong.</summary>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or DivideByZeroException)
        {
            throw new UsageException($"the file cannot be read: {e.Message}", path, "the file as its authors wrote it");
        }
    }
}
