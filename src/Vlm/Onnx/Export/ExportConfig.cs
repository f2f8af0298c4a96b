using System.Text.Json.Nodes;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;

namespace Vlm.Onnx.Export;

/// <summary>config.json as transformers.js needs it: it knows no defaults, and looks for some sizes in one of two places.</summary>
internal static class ExportConfig
{
    private const string Text = "text_config", Client = "transformers.js_config", Type = "model_type",
        Layers = "num_hidden_layers";

    // What describes the whole model, not its text part.
    private static readonly string[] s_whole = ["architectures", Type, Text, "vision_config", Client, "transformers_version"];

    /// <summary>The configuration of the exported folder.</summary>
    /// <param name="checkpoint">Its configuration stays as it is.</param>
    /// <param name="family">How its family is exported.</param>
    /// <param name="latent">The codes that the decoder acts through, or null.</param>
    /// <param name="precision">What the graphs compute in.</param>
    /// <param name="data">Files with weights beside each graph's, where it has some.</param>
    public static JsonObject Of(
        VlmCheckpoint checkpoint, FamilyExport family, LatentModules? latent, ExportPrecision precision,
        IReadOnlyDictionary<string, int> data)
    {
        var config = (JsonObject)checkpoint.Config.DeepClone();
        config.TryAdd("image_token_id", checkpoint.Model.ImageToken);
        JsonObject text = Part(config, Text);
        family.CompleteConfig(checkpoint, config, text);
        Sizes(text, checkpoint.Model.Sizes);
        if (latent is not null)
            Deepen(config, text, checkpoint.Model.Sizes.Layers, latent.Config);
        if (!precision.Genai)
            config[Client] = ForClient(precision, data);
        return config;
    }

    /// <summary>
    /// Writes the text model's fields both on the top and into text_config: clients look for Qwen2-VL's on the top, for
    /// Qwen2.5-VL's in text_config.
    /// </summary>
    internal static void OnTopAndInText(JsonObject config, JsonObject text)
    {
        foreach ((string name, JsonNode? value) in text.Where(item => !s_whole.Contains(item.Key)).ToArray())
            config.TryAdd(name, value?.DeepClone());
        foreach ((string name, JsonNode? value) in config.Where(item => !s_whole.Contains(item.Key)).ToArray())
            text.TryAdd(name, value?.DeepClone());
        config.TryAdd("num_key_value_heads", config["num_attention_heads"]?.DeepClone());
    }

    private static void Sizes(JsonObject text, DecoderConfig sizes)
    {
        text.TryAdd(Layers, sizes.Layers);
        text.TryAdd("num_attention_heads", sizes.Attention.Heads);
        text.TryAdd("num_key_value_heads", sizes.Attention.KvHeads);
        text.TryAdd("head_dim", sizes.Attention.HeadDim);
    }

    // Clients make as many caches as they read of layers, and the policy over codes has some of its own.
    private static void Deepen(JsonObject config, JsonObject text, int layers, LatentConfig latent)
    {
        foreach (JsonObject part in (JsonObject[])[config, text])
            if (part.ContainsKey(Layers))
                part[Layers] = layers + latent.PolicyLayers;
        JsonObject told = latent.Json();
        told["base_layers"] = layers;
        config[LatentCheckpoint.Name] = told;
    }

    private static JsonObject ForClient(ExportPrecision precision, IReadOnlyDictionary<string, int> data)
    {
        var client = new JsonObject { ["dtype"] = precision.Name };
        if (precision.Suffix == "_fp16")
            client["kv_cache_dtype"] = new JsonObject { ["fp16"] = "float16" };
        if (data.Count > 0)
            client["use_external_data_format"] = new JsonObject(
                data.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value)));
        return client;
    }

    /// <summary>The object under a name, which is made where there is none.</summary>
    internal static JsonObject Part(JsonObject config, string name)
    {
        if (config[name] is JsonObject part)
            return part;
        var made = new JsonObject();
        config[name] = made;
        return made;
    }
}
