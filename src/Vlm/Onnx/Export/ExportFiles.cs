using System.Text;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Models.QwenVl;
using Vlm.Models.SmolVlm;

namespace Vlm.Onnx.Export;

/// <summary>The files beside the graphs. Clients in other languages know no defaults, so every field is written.</summary>
internal static class ExportFiles
{
    private const string Tokenizer = "tokenizer_config.json", Generation = "generation_config.json", Template = "chat_template";

    private static readonly Dictionary<string, string> s_processors = new()
    {
        ["qwen2_vl"] = "Qwen2VLProcessor",
        ["qwen2_5_vl"] = "Qwen2_5_VLProcessor",
        ["qwen3_vl"] = "Qwen3VLProcessor",
    };

    private static readonly string[] s_templates = [$"{Template}.json", $"{Template}.jinja"];

    // What transformers writes beside weights and configuration; whatever else lies there is not the model's.
    private static readonly string[] s_own =
    [
        "tokenizer.json", Tokenizer, "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", Generation, ProcessorJson.Preprocessor, ProcessorJson.Processor, "video_preprocessor_config.json",
        .. s_templates,
    ];

    /// <summary>Writes all but config.json.</summary>
    /// <returns>Fields that the checkpoint's files lack, as <c>file: fields</c>.</returns>
    public static IReadOnlyList<string> Write(string folder, VlmCheckpoint checkpoint)
    {
        foreach ((string name, byte[] content) in checkpoint.SmallFiles.Where(file => s_own.Contains(file.Key)))
            File.WriteAllBytes(Path.Combine(folder, name), content);
        if (!checkpoint.SmallFiles.ContainsKey("tokenizer.json"))
            throw new UsageException("the checkpoint has no tokenizer.json, which clients read", "Model",
                "the folder with tokenizer.json, which transformers writes beside vocab.json and merges.txt");

        List<string> filled = [.. Processor(folder, checkpoint), .. Tokens(folder, checkpoint)];
        if (!checkpoint.SmallFiles.ContainsKey(Generation))
        {
            HubFolder.WriteJson(Path.Combine(folder, Generation), new JsonObject
            {
                ["eos_token_id"] = new JsonArray([.. checkpoint.EndTokens.Select(token => (JsonNode)token)]),
            });
            filled.Add($"{Generation}: eos_token_id");
        }
        return filled;
    }

    // transformers.js looks for the template of these families only here.
    private static IEnumerable<string> Tokens(string folder, VlmCheckpoint checkpoint)
    {
        JsonObject json = Source(checkpoint, Tokenizer) ?? new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast" };
        bool had = json.ContainsKey(Template) || s_templates.Any(checkpoint.SmallFiles.ContainsKey);
        json[Template] = checkpoint.Processor.Template.Source;
        HubFolder.WriteJson(Path.Combine(folder, Tokenizer), json);
        return had ? [] : [$"{Tokenizer}: {Template}"];
    }

    private static IEnumerable<string> Processor(string folder, VlmCheckpoint checkpoint)
    {
        JsonObject? processor = Source(checkpoint, ProcessorJson.Processor);
        JsonObject? images = processor?["image_processor"] as JsonObject ?? Source(checkpoint, ProcessorJson.Preprocessor);
        if (checkpoint.Processor is QwenProcessor qwen)
            QwenImageFiles.Write(folder, qwen.Images.Options, s_processors[checkpoint.ModelType]);
        else if ((checkpoint.Processor, checkpoint.Model) is (SmolVlmProcessor smol, SmolVlmModel model))
            SmolVlmProcessorFiles.Write(folder, smol.Images.Options, model.Config.TokensPerFrame);

        string[] files = checkpoint.Processor is SmolVlmProcessor ? [ProcessorJson.Preprocessor, ProcessorJson.Processor]
            : [ProcessorJson.Preprocessor];
        foreach (string file in files)
            if (Complete(Path.Combine(folder, file), file == ProcessorJson.Processor ? processor : images) is { Length: > 0 } lacking)
                yield return $"{file}: {string.Join(", ", lacking)}";
    }

    // The file has every field; those of the checkpoint stay as they are. Gives the names of the others.
    private static string[] Complete(string file, JsonObject? source)
    {
        JsonObject full = HubFolder.ReadJson(file);
        (string Name, JsonNode? Value)[] own = [.. (source ?? []).Where(item => item.Value is not null)
            .Select(item => (item.Key, item.Value))];
        string[] lacking = [.. full.Select(item => item.Key).Except(own.Select(item => item.Name))];
        foreach ((string name, JsonNode? value) in own)
            full[name] = value!.DeepClone();
        HubFolder.WriteJson(file, full);
        return lacking;
    }

    private static JsonObject? Source(VlmCheckpoint checkpoint, string name) =>
        checkpoint.SmallFiles.TryGetValue(name, out byte[]? content)
            ? JsonNode.Parse(Encoding.UTF8.GetString(content)) as JsonObject : null;
}
