using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vlm.Checkpoints;
using Vlm.Layers;
using Vlm.Models;

namespace Vlm.Onnx.Export;

/// <summary>The two files by which onnxruntime-genai knows a model: genai_config.json and processor_config.json.</summary>
internal static class GenaiConfig
{
    /// <summary>By which the client, and who looks for its layout, knows a folder.</summary>
    public const string File = "genai_config.json";

    /// <summary>How images are prepared, in the client's own words.</summary>
    public const string Processor = "processor_config.json";

    /// <summary>The decoder.</summary>
    public const string DecoderGraph = "model.onnx";

    /// <summary>Writes both into a folder that has the graphs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="checkpoint">The model.</param>
    /// <param name="model">The same as the client knows it.</param>
    /// <param name="layers">Of the decoder that have caches.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <exception cref="UsageException">No token can stand for padding.</exception>
    public static void Write(string folder, VlmCheckpoint checkpoint, GenaiModel model, int layers, ILogger? logger)
    {
        HubFolder.WriteJson(Path.Combine(folder, File), new JsonObject
        {
            ["model"] = Model(checkpoint, model, layers, GenaiPadding.Of(checkpoint, logger)),
            ["search"] = Search(checkpoint.Model.MaxPositions),
        });
        HubFolder.WriteJson(Path.Combine(folder, Processor), model.ImageProcessor);
    }

    private static JsonObject Model(VlmCheckpoint checkpoint, GenaiModel model, int layers, int padding)
    {
        int[] end = [.. checkpoint.EndTokens];
        DecoderConfig sizes = checkpoint.Model.Sizes;
        JsonNode? begin = checkpoint.Config["bos_token_id"] ?? checkpoint.Config["text_config"]?["bos_token_id"];
        var json = new JsonObject
        {
            ["type"] = model.Type,
            ["bos_token_id"] = begin?.DeepClone() ?? end[0],
            ["eos_token_id"] = new JsonArray([.. end.Select(token => (JsonNode)token)]),
            ["pad_token_id"] = padding,
            ["image_token_id"] = checkpoint.Model.ImageToken,
        };
        foreach ((string name, int? id) in model.Tokens)
            json[name] = id;
        json["vocab_size"] = sizes.VocabSize;
        json["context_length"] = checkpoint.Model.MaxPositions;
        json["decoder"] = Decoder(sizes, layers, model.EmbeddingSize);
        json["embedding"] = Graph("embedding", ["input_ids", "image_features"], ["inputs_embeds"]);
        json["vision"] = Vision(model.Vision);
        return json;
    }

    // Its "hidden_size" is the width of what the embedding gives the decoder: as DecoderGraph has it.
    private static JsonObject Decoder(DecoderConfig sizes, int layers, int embeddingSize)
    {
        JsonObject decoder = Graph("model", ["inputs_embeds", "attention_mask", "position_ids"], ["logits"]);
        foreach (string part in (string[])["key", "value"])
        {
            decoder["inputs"]![$"past_{part}_names"] = $"past_key_values.%d.{part}";
            decoder["outputs"]![$"present_{part}_names"] = $"present.%d.{part}";
        }
        decoder["hidden_size"] = embeddingSize;
        decoder["head_size"] = sizes.Attention.HeadDim;
        decoder["num_attention_heads"] = sizes.Attention.Heads;
        decoder["num_key_value_heads"] = sizes.Attention.KvHeads;
        decoder["num_hidden_layers"] = layers;
        return decoder;
    }

    private static JsonObject Vision(JsonObject own)
    {
        JsonObject vision = Graph("vision", ["pixel_values", "image_grid_thw"], ["image_features"]);
        vision["config_filename"] = Processor;
        foreach ((string name, JsonNode? value) in own)
            vision[name] = value?.DeepClone();
        return vision;
    }

    // Every name is written, whatever the client takes for granted.
    private static JsonObject Graph(string name, string[] inputs, string[] outputs) => new()
    {
        ["filename"] = $"{name}.onnx",
        ["session_options"] = new JsonObject { ["provider_options"] = new JsonArray() },
        ["inputs"] = new JsonObject(inputs.Select(input => KeyValuePair.Create(input, (JsonNode?)input))),
        ["outputs"] = new JsonObject(outputs.Select(output => KeyValuePair.Create(output, (JsonNode?)output))),
    };

    // Caches that grow are new at each step; sharing one buffer needs an operator of the client's own.
    private static JsonObject Search(int context) => new()
    {
        ["do_sample"] = false,
        ["max_length"] = context,
        ["min_length"] = 0,
        ["num_beams"] = 1,
        ["num_return_sequences"] = 1,
        ["past_present_share_buffer"] = false,
        ["repetition_penalty"] = 1.0,
        ["temperature"] = 1.0,
        ["top_k"] = 1,
        ["top_p"] = 1.0,
    };
}
