using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Lora;

/// <summary>adapter_config.json, as PEFT writes it: https://huggingface.co/docs/peft/developer_guides/checkpoint.</summary>
public static class LoraConfigJson
{
    /// <summary>The file's name.</summary>
    public const string Name = "adapter_config.json";

    // Fields that the record holds; all others are written again as they were read.
    private static readonly string[] Held =
    [
        "r", "lora_alpha", "use_rslora", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
        "rank_pattern", "alpha_pattern", "lora_dropout", "base_model_name_or_path", "task_type", "peft_type", "bias",
    ];

    // Fields that would change what the layers compute, or what is trained and stored, if they were set.
    private static readonly string[] Unset =
    [
        "use_dora", "fan_in_fan_out", "layer_replication", "lora_bias", "target_parameters",
        "trainable_token_indices", "use_qalora", "alora_invocation_tokens",
    ];

    // Ways to start that change the base model's weights too: the adapter alone is then not the model.
    private static readonly string[] Residual = ["pissa", "olora", "loftq", "corda"];

    // PEFT of any version reads a file with these; newer fields are written only where they were read or are needed.
    private static readonly Dictionary<string, JsonNode?> Defaults = new()
    {
        ["auto_mapping"] = null,
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = true,
        ["modules_to_save"] = null,
        ["revision"] = null,
    };

    /// <summary>Reads a folder's file.</summary>
    /// <exception cref="UsageException">
    /// The folder or file is missing or broken, or asks for a kind of adapter that is not known here.
    /// </exception>
    public static LoraConfig Read(string folder)
    {
        string file = Path.Combine(folder, Name);
        if (!File.Exists(file))
            throw new UsageException($"the adapter folder has no {Name}", file,
                "give the folder that holds adapter_config.json and adapter_model.safetensors");

        var fields = JsonReader.Open(file);
        JsonObject json = fields.Json;
        Refuse(json, file);
        return new LoraConfig
        {
            Rank = Positive(fields.Number("r") ?? 8, "r", file),
            Alpha = fields.Number("lora_alpha") ?? 8,
            RankStabilised = fields.Flag("use_rslora") ?? false,
            Targets = Pattern(fields, "target_modules") ?? throw Bad("names no target_modules", file),
            Exclude = Pattern(fields, "exclude_modules"),
            Layers = fields.Integers("layers_to_transform"),
            LayersPattern = fields.Texts("layers_pattern") ?? [],
            RankPattern = fields.Numbers("rank_pattern").ToDictionary(
                item => item.Key, item => Positive(item.Value, "rank_pattern", file)),
            AlphaPattern = fields.Numbers("alpha_pattern"),
            Dropout = fields.Number("lora_dropout") ?? 0,
            BaseModel = fields.Text("base_model_name_or_path"),
            TaskType = fields.Text("task_type"),
            Source = file,
            ModulesToSave = fields.Texts("modules_to_save") ?? [],
            Other = Rest(json),
        };
    }

    // A list of endings, an expression, or the word for every linear layer.
    private static ModulePattern? Pattern(JsonReader fields, string name) => fields.Texts(name) switch
    {
        null or { Count: 0 } => null,
        var texts when fields.Json[name] is JsonArray => ModulePattern.Named(texts),
        [ModulePattern.Every.Word] => ModulePattern.AllLinear,
        var texts => ModulePattern.Matching(texts[0], fields.File),
    };

    /// <summary>Writes the file into an existing folder: fields in order, as PEFT does.</summary>
    public static void Write(string folder, LoraConfig config)
    {
        var json = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in Defaults.Concat(config.Other))
            json[key] = value?.DeepClone();
        foreach ((string key, JsonNode? value) in Fields(config))
            json[key] = value;
        HubFolder.WriteJson(Path.Combine(folder, Name), new JsonObject(json));
    }

    private static IEnumerable<(string, JsonNode?)> Fields(LoraConfig config)
    {
        yield return ("peft_type", "LORA");
        yield return ("task_type", config.TaskType);
        yield return ("base_model_name_or_path", config.BaseModel);
        yield return ("r", config.Rank);
        yield return ("lora_alpha", config.Alpha);
        yield return ("lora_dropout", config.Dropout);
        yield return ("use_rslora", config.RankStabilised);
        yield return ("bias", "none");
        yield return ("target_modules", Json(config.Targets));
        if (config.Exclude is not null)
            yield return ("exclude_modules", Json(config.Exclude));
        yield return ("layers_to_transform", config.Layers is null ? null : Array(config.Layers));
        yield return ("layers_pattern", config.LayersPattern.Count == 0 ? null : Array(config.LayersPattern));
        yield return ("rank_pattern", Object(config.RankPattern));
        yield return ("alpha_pattern", Object(config.AlphaPattern));
    }

    private static JsonNode Json(ModulePattern pattern) => pattern switch
    {
        ModulePattern.Names names => Array(names.Endings),
        ModulePattern.Expression expression => expression.Text,
        _ => ModulePattern.Every.Word,
    };

    private static JsonArray Array<T>(IEnumerable<T> items) => new([.. items.Select(item => JsonValue.Create(item))]);

    private static JsonObject Object<T>(IReadOnlyDictionary<string, T> items) =>
        new(items.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)JsonValue.Create(item.Value))));

    private static JsonObject Rest(JsonObject json) => new(json.Where(item => !Held.Contains(item.Key))
        .Select(item => KeyValuePair.Create(item.Key, item.Value?.DeepClone())));

    private static void Refuse(JsonObject json, string file)
    {
        if (Shown(json, "peft_type") is var type && type != "LORA")
            throw Bad($"is of type {type ?? "null"}, and only LORA is known", file);
        if (Shown(json, "bias") is { } bias && bias != "none")
            throw Bad($"trains biases (bias is {bias}), and only none is known", file);
        if (Unset.FirstOrDefault(key => !IsOff(json[key])) is { } set)
            throw Bad($"sets {set} to {json[set]!.ToJsonString()}, which is not known here", file);
        if (Shown(json, "init_lora_weights") is { } start
            && Residual.Any(word => start.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
            throw Bad($"began with {start}, which changed the base model's weights too", file);
    }

    private static string? Shown(JsonObject json, string key) =>
        json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : json[key]?.ToJsonString();

    private static bool IsOff(JsonNode? value) => value switch
    {
        null => true,
        JsonArray array => array.Count == 0,
        JsonObject fields => fields.Count == 0,
        _ => value.GetValueKind() == JsonValueKind.False,
    };

    private static int Positive(double rank, string key, string file) =>
        rank >= 1 && rank <= int.MaxValue && rank == Math.Floor(rank) ? (int)rank
            : throw Bad(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"has a rank of {rank} in {key}; it must be a whole number from 1"), file);

    private static UsageException Bad(string what, string file) => new($"the adapter {what}", file,
        "merge it into its model with PEFT (merge_and_unload), save that, and give it as the model");
}
