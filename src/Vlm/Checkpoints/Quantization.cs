using System.Text.Json.Nodes;

namespace Vlm.Checkpoints;

/// <summary>Tells folders whose weights are kept in fewer bits, with scales beside them: they are neither computed nor trained.</summary>
internal static class Quantization
{
    // Where writers say so: transformers, older compressed-tensors, MLX.
    private static readonly string[] s_fields = ["quantization_config", "compression_config", "quantization"];

    private static readonly string[] s_parts = ["text_config", "vision_config"];

    // Ends of names: fp8; AWQ and GPTQ; bitsandbytes; compressed-tensors.
    private static readonly string[] s_scales =
    [
        ".weight_scale", ".weight_scale_inv", ".input_scale", ".qweight", ".qzeros", ".g_idx", ".absmax", ".quant_map",
        ".nested_absmax", ".SCB", ".weight_packed", ".weight_shape", ".weight_zero_point",
    ];

    /// <summary>Refuses a folder of quantized weights.</summary>
    /// <exception cref="UsageException">It says so in config.json, or has the scales.</exception>
    internal static void Refuse(HubFolder folder)
    {
        string? scale = folder.Names.Order(StringComparer.Ordinal).FirstOrDefault(
            name => s_scales.Any(end => name.EndsWith(end, StringComparison.Ordinal)));
        if (Method(folder.Config) is { } method)
            throw Quantized($"{method}, in config.json", folder);
        if (scale is not null)
            throw Quantized($"the scales {scale}", folder);
    }

    private static UsageException Quantized(string told, HubFolder folder)
    {
        string origin = folder.Config["_name_or_path"] is JsonValue named && named.TryGetValue(out string? name)
            && name.Length > 0 ? $" ({name})" : "";
        return new($"these weights are quantized ({told}): they are neither computed nor trained here", folder.Path,
            $"the full-precision folder that the quantized one was made from{origin}");
    }

    private static string? Method(JsonObject config)
    {
        foreach (JsonObject part in s_parts.Select(name => config[name]).OfType<JsonObject>().Prepend(config))
            foreach (string field in s_fields)
                if (part[field] is JsonObject { Count: > 0 } how)
                    return Text(how["quant_method"]) is { } method ? $"quant_method {method}" : field;
        return null;
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
