using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Images;

namespace Vlm.Models;

/// <summary>The files that say how a checkpoint prepares images, and the fields that all families' have.</summary>
internal static class ProcessorConfig
{
    /// <summary>Where newer folders nest what <see cref="ImageFile"/> held.</summary>
    public const string File = "processor_config.json";

    /// <summary>How images are prepared.</summary>
    public const string ImageFile = "preprocessor_config.json";

    // Beyond them normalised pixels are no numbers that a model was ever taught.
    private const float Smallest = 1e-4f, Largest = 1e4f;

    /// <summary>The <c>image_processor</c> of processor_config.json, or else preprocessor_config.json.</summary>
    /// <exception cref="UsageException">Neither is there, or one is no JSON object.</exception>
    public static JsonReader Image(string folder) =>
        Read(folder, File) is { } processor && processor.Has("image_processor") ? processor.Part("image_processor")
        : Read(folder, ImageFile) ?? throw Missing(folder, ImageFile);

    /// <summary>A file, or null where there is no such file.</summary>
    /// <exception cref="UsageException">It is no JSON object.</exception>
    public static JsonReader? Read(string folder, string name) =>
        System.IO.File.Exists(Path.Combine(folder, name)) ? JsonReader.Open(Path.Combine(folder, name)) : null;

    /// <summary>What to say of a file that is not there.</summary>
    public static UsageException Missing(string folder, string name) =>
        new($"there is no {name}", folder, "a folder as Hugging Face checkpoints have it");

    /// <summary>Refuses a processor that prepares images otherwise than the model takes them.</summary>
    /// <remarks>Weights have the sizes of config.json, so it is the processor's file that is of another model.</remarks>
    public static void RequireEqual(string folder, string field, int prepared, int taken)
    {
        if (prepared != taken)
            throw new UsageException(
                $"images are prepared with {field} {prepared}, and the sizes in config.json take {taken}", folder,
                $"the processor's files of this model, or {field} {taken} in them");
    }

    /// <summary>Writes an object, indented.</summary>
    public static void Write(string folder, string name, JsonObject json) =>
        HubFolder.WriteJson(Path.Combine(folder, name), json);

    /// <summary>Numbers as an array.</summary>
    public static JsonArray Array(IEnumerable<float> values) => [.. values.Select(value => JsonValue.Create(value))];

    extension(JsonReader json)
    {
        /// <summary>A step that is done unless the file says otherwise, as in transformers' processors.</summary>
        public bool Does(string name) => json.Flag(name) ?? true;

        /// <summary><c>resample</c>.</summary>
        public ResizeFilter? Filter() =>
            (ResizeFilter?)json.Integer("resample", (int)Enum.GetValues<ResizeFilter>().Min(), (int)Enum.GetValues<ResizeFilter>().Max());

        /// <summary><c>rescale_factor</c>; 1 where <c>do_rescale</c> is false.</summary>
        public double Rescale() => !json.Does("do_rescale") ? 1
            : json.Number("rescale_factor", "above 0, and at most 1000", value => value is > 0 and <= 1000) ?? 1.0 / 255;

        /// <summary><c>image_mean</c>; zeros where <c>do_normalize</c> is false.</summary>
        public IReadOnlyList<float> Mean(IReadOnlyList<float> absent) =>
            !json.Does("do_normalize") ? [0, 0, 0]
            : json.Floats("image_mean", 3) is not { } mean ? absent
            : mean.All(value => Math.Abs(value) <= Largest) ? mean : throw json.Wrong("image_mean", $"3 numbers of at most {Largest}");

        /// <summary><c>image_std</c>; ones where <c>do_normalize</c> is false.</summary>
        public IReadOnlyList<float> Std(IReadOnlyList<float> absent)
        {
            if (!json.Does("do_normalize"))
                return [1, 1, 1];
            IReadOnlyList<float> values = json.Floats("image_std", 3) ?? absent;
            return values.All(value => Math.Abs(value) is >= Smallest and <= Largest) ? values
                : throw json.Wrong("image_std", $"3 numbers from {Smallest} to {Largest}, which divide");
        }
    }
}
