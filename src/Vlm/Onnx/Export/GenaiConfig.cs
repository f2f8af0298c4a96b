using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vlm.Checkpoints;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Models.Qwen3Vl;
using Vlm.Models.QwenVl;

namespace Vlm.Onnx.Export;

/// <summary>The two files by which onnxruntime-genai knows a model: genai_config.json and processor_config.json.</summary>
/// <remarks>
/// The client has no name for Qwen2-VL; for pictures its positions are those of Qwen2.5-VL, and it goes by that name.
/// </remarks>
internal static class GenaiConfig
{
    /// <summary>By which the client, and who looks for its layout, knows a folder.</summary>
    public const string File = "genai_config.json";

    /// <summary>How pictures are prepared, in the client's own words.</summary>
    public const string Processor = "processor_config.json";

    /// <summary>The decoder.</summary>
    public const string DecoderGraph = "model.onnx";

    /// <summary>Writes both into a folder that has the graphs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="checkpoint">A Qwen.</param>
    /// <param name="layers">Of the decoder that have caches.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <exception cref="UsageException">No token can stand for padding.</exception>
    public static void Write(string folder, VlmCheckpoint checkpoint, int layers, ILogger? logger)
    {
        var processor = (QwenProcessor)checkpoint.Processor;
        HubFolder.WriteJson(Path.Combine(folder, File), new JsonObject
        {
            ["model"] = Model(checkpoint, layers, processor, GenaiPadding.Of(checkpoint, logger)),
            ["search"] = Search(checkpoint.Model.Context),
        });
        HubFolder.WriteJson(Path.Combine(folder, Processor), Images(processor.Images.Options, TypeOf(checkpoint)));
    }

    private static string TypeOf(VlmCheckpoint checkpoint) => checkpoint.Model is Qwen3VlModel ? "qwen3_vl" : "qwen2_5_vl";

    private static JsonObject Model(VlmCheckpoint checkpoint, int layers, QwenProcessor processor, int padding)
    {
        int[] end = [.. checkpoint.EndTokens];
        DecoderConfig sizes = checkpoint.Model.Sizes;
        JsonNode? begin = checkpoint.Config["bos_token_id"] ?? checkpoint.Config["text_config"]?["bos_token_id"];
        return new JsonObject
        {
            ["type"] = TypeOf(checkpoint),
            ["bos_token_id"] = begin?.DeepClone() ?? end[0],
            ["eos_token_id"] = new JsonArray([.. end.Select(token => (JsonNode)token)]),
            ["pad_token_id"] = padding,
            ["image_token_id"] = checkpoint.Model.ImageToken,
            ["video_token_id"] = processor.Tokenizer.IdOf("<|video_pad|>"),
            ["vision_start_token_id"] = processor.Tokenizer.IdOf("<|vision_start|>"),
            ["vocab_size"] = sizes.Vocabulary,
            ["context_length"] = checkpoint.Model.Context,
            ["decoder"] = Decoder(sizes, layers, (checkpoint.Model as Qwen3VlModel)?.Config.Vision.DeepBlocks.Count ?? 0),
            ["embedding"] = Graph("embedding", ["input_ids", "image_features"], ["inputs_embeds"]),
            ["vision"] = Vision(checkpoint, processor.Images.Options),
        };
    }

    // Its "hidden_size" is the width of what the embedding gives the decoder: as DecoderGraph has it.
    private static JsonObject Decoder(DecoderConfig sizes, int layers, int deep)
    {
        JsonObject decoder = Graph("model", ["inputs_embeds", "attention_mask", "position_ids"], ["logits"]);
        foreach (string part in (string[])["key", "value"])
        {
            decoder["inputs"]![$"past_{part}_names"] = $"past_key_values.%d.{part}";
            decoder["outputs"]![$"present_{part}_names"] = $"present.%d.{part}";
        }
        decoder["hidden_size"] = (1 + deep) * sizes.Attention.Width;
        decoder["head_size"] = sizes.Attention.HeadWidth;
        decoder["num_attention_heads"] = sizes.Attention.Heads;
        decoder["num_key_value_heads"] = sizes.Attention.KvHeads;
        decoder["num_hidden_layers"] = layers;
        return decoder;
    }

    private static JsonObject Vision(VlmCheckpoint checkpoint, QwenImageOptions images)
    {
        JsonObject vision = Graph("vision", ["pixel_values", "image_grid_thw"], ["image_features"]);
        vision["config_filename"] = Processor;
        vision["spatial_merge_size"] = images.Merge;
        vision["patch_size"] = images.PatchSize;
        vision["tokens_per_second"] = (checkpoint.Config["vision_config"]?["tokens_per_second"] ?? 2.0).DeepClone();
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

    private static JsonObject Images(QwenImageOptions options, string type)
    {
        (string Name, string Type, JsonObject? Attributes)[] steps =
        [
            ("decode_image", "DecodeImage", new() { ["color_space"] = "RGB" }),
            ("convert_to_rgb", "ConvertRGB", null),
            ("resize", "Resize", Resize(options)),
            ("rescale", "Rescale", new() { ["rescale_factor"] = options.Rescale }),
            ("normalize", "Normalize", new()
            {
                ["mean"] = ProcessorJson.Array(options.Mean),
                ["std"] = ProcessorJson.Array(options.Deviation),
                [type] = 1,
            }),
            ("patch_image", "PatchImage", new()
            {
                ["patch_size"] = options.PatchSize,
                ["temporal_patch_size"] = options.TemporalPatch,
                ["merge_size"] = options.Merge,
            }),
        ];
        return new JsonObject
        {
            ["processor"] = new JsonObject
            {
                ["name"] = type == "qwen3_vl" ? "qwen3_vl_image_processor" : "qwen2_5_image_processor",
                ["transforms"] = new JsonArray([.. steps.Select(step => Step(step.Name, step.Type, step.Attributes))]),
            },
        };
    }

    // The client asks for a width and a height, and goes by the areas.
    private static JsonObject Resize(QwenImageOptions options) => new()
    {
        ["width"] = options.PatchSize * options.Merge,
        ["height"] = options.PatchSize * options.Merge,
        ["smart_resize"] = 1,
        ["min_pixels"] = options.MinPixels,
        ["max_pixels"] = options.MaxPixels,
        ["patch_size"] = options.PatchSize,
        ["merge_size"] = options.Merge,
    };

    private static JsonObject Step(string name, string type, JsonObject? attributes)
    {
        var operation = new JsonObject { ["name"] = name, ["type"] = type };
        if (attributes is not null)
            operation["attrs"] = attributes;
        return new JsonObject { ["operation"] = operation };
    }
}
