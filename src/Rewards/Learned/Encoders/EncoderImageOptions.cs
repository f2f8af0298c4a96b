using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Images;
using Vlm.Models;

namespace Vlm.Rewards.Learned;

/// <summary>How an encoder's images are prepared: resized, cut to the middle, and normalised.</summary>
public sealed record EncoderImageOptions
{
    // A model that sees more than this is a mistake in the file.
    private const int LargestSide = 4096;

    private static readonly string[] s_clip = ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor"];
    private static readonly string[] s_siglip = ["SiglipImageProcessor", "SiglipImageProcessorFast"];

    /// <summary>
    /// Pixels of the shorter side after the resize, which keeps the shape; the middle is cut out of that. Null where images are
    /// resized to their final size, whatever their shape.
    /// </summary>
    public int? Shortest { get; init; }

    /// <summary>Columns of what the encoder sees.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of what the encoder sees.</summary>
    public required int Height { get; init; }

    /// <summary>How pixels are weighted in the resize.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bicubic;

    /// <summary>What bytes are multiplied by.</summary>
    public double Rescale { get; init; } = 1.0 / 255;

    /// <summary>Taken off each channel, after the rescale.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>What each channel is divided by then.</summary>
    public required IReadOnlyList<float> Std { get; init; }

    /// <summary>Reads a folder's preprocessor_config.json, as CLIPImageProcessor or SiglipImageProcessor does.</summary>
    /// <param name="folder">The encoder's folder.</param>
    /// <exception cref="UsageException">It is missing, of another processor, or a field is wrong.</exception>
    public static EncoderImageOptions Read(string folder)
    {
        JsonReader json = ProcessorConfig.Image(folder);
        bool isSiglip = IsSiglip(json);
        if (!json.Does("do_resize"))
            throw json.Wrong("do_resize", "true: an encoder sees images of one size");
        int? shortest = Shorter(json, isSiglip);
        (int height, int width) = shortest is null ? Sides(json, "size", isSiglip ? 224 : null)
            : json.Does("do_center_crop") ? Sides(json, "crop_size", 224)
            : throw json.Wrong("do_center_crop", "true, or \"size\" must have a height and a width: an encoder sees images of one size");
        if (shortest < Math.Max(width, height))
            throw json.Invalid($"\"crop_size\" is {width} x {height}, and the shorter side of a resized image {shortest}: there is less than is cut out");
        return new EncoderImageOptions
        {
            Shortest = shortest,
            Width = width,
            Height = height,
            Filter = json.Filter() ?? ResizeFilter.Bicubic,
            Rescale = json.Rescale(),
            Mean = json.Mean(isSiglip ? [0.5f, 0.5f, 0.5f] : [0.48145466f, 0.4578275f, 0.40821073f]),
            Std = json.Std(isSiglip ? [0.5f, 0.5f, 0.5f] : [0.26862954f, 0.26130258f, 0.27577711f]),
        };
    }

    /// <summary>preprocessor_config.json, every field explicit.</summary>
    internal JsonObject ToJson() => new()
    {
        ["image_processor_type"] = Shortest is null ? s_siglip[0] : s_clip[0],
        ["do_convert_rgb"] = true,
        ["do_resize"] = true,
        ["size"] = Shortest is { } edge ? new JsonObject { ["shortest_edge"] = edge } : Both(),
        ["resample"] = (int)Filter,
        ["do_center_crop"] = Shortest is not null,
        ["crop_size"] = Both(),
        ["do_rescale"] = true,
        ["rescale_factor"] = Rescale,
        ["do_normalize"] = true,
        ["image_mean"] = ProcessorConfig.Array(Mean),
        ["image_std"] = ProcessorConfig.Array(Std),
    };

    private JsonObject Both() => new() { ["height"] = Height, ["width"] = Width };

    private static bool IsSiglip(JsonReader json)
    {
        const string New = "image_processor_type", Old = "feature_extractor_type";
        string name = json.Has(New) || !json.Has(Old) ? New : Old;
        string type = json.Text(name) ?? throw json.Missing(name, $"one of {string.Join(", ", s_clip.Concat(s_siglip))}");
        return s_siglip.Contains(type) || (!s_clip.Contains(type)
            ? throw json.Wrong(name, $"one of {string.Join(", ", s_clip.Concat(s_siglip))}") : false);
    }

    // A number alone is the shorter side for CLIP, and both for SigLIP.
    private static int? Shorter(JsonReader json, bool isSiglip)
    {
        const string Size = "size", Edge = "shortest_edge";
        if (!json.Has(Size))
            return isSiglip ? null : 224;
        if (json.Json[Size] is not JsonObject)
            return isSiglip ? null : json.Integer(Size, 1, LargestSide);
        JsonReader size = json.Part(Size);
        return size.Integer(Edge, 1, LargestSide);
    }

    private static (int Height, int Width) Sides(JsonReader json, string name, int? absent)
    {
        if (!json.Has(name) && absent is { } standard)
            return (standard, standard);
        if (json.Json[name] is not JsonObject)
            return json.Integer(name, 1, LargestSide) is { } both ? (both, both) : throw json.Missing(name, "a height and a width");
        JsonReader sides = json.Part(name);
        return (Side("height"), Side("width"));

        int Side(string side) => sides.Integer(side, 1, LargestSide) ?? throw sides.Missing(side, "a number of pixels");
    }
}
