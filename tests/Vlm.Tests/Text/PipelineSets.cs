using System.Text.Json.Nodes;
using CsCheck;

namespace Vlm.Tests.Text;

/// <summary>Random ways from text to ids: normal form, cuts, and what becomes of bytes the vocabulary lacks.</summary>
internal static class PipelineSets
{
    private static readonly string[] s_normalizers =
    [
        "null", """{"type": "NFC"}""", """{"type": "NFD"}""", """{"type": "NFKC"}""", """{"type": "NFKD"}""",
        """{"type": "Sequence", "normalizers": []}""",
        """{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "NFKC"}]}""",
    ];

    // The last two are those of GPT-4o's vocabulary and, with possessive quantifiers, of Llama 4's ancestors.
    private static readonly string[] s_patterns =
    [
        """{"String": ","}""", """{"String": "re"}""", """{"Regex": "\\s+"}""", """{"Regex": "[^a-z ]"}""",
        """{"Regex": "\\d{1,2}"}""",
        Expression(
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
        Expression(
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
            + @"|\s+(?!\S)|\s+"),
    ];

    private static Gen<string> Step { get; } = Gen.OneOf(
        Gen.Bool.Select(each => $$"""{"type": "Digits", "individual_digits": {{Json(each)}}}"""),
        Gen.Select(Gen.Bool, Gen.Bool).Select((space, words) => ByteLevel(space, words)),
        from pattern in Gen.OneOf(s_patterns)
        from behavior in Gen.OneOf("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
        from invert in Gen.Bool
        select $$"""
            {"type": "Split", "pattern": {{pattern}}, "behavior": "{{behavior}}", "invert": {{Json(invert)}}}
            """);

    /// <summary>Changes to a tokenizer.json: its normalizer, its pre_tokenizer, and entries of its model.</summary>
    public static Gen<(string Normalizer, string PreTokenizer, string Model)> Any { get; } =
        from normalizer in Gen.OneOf(s_normalizers)
        from steps in Step.Array[0, 3]
        from space in Gen.Bool
        from words in Gen.Bool
        from whole in Gen.Bool
        from fuse in Gen.Bool
        from unknown in Gen.OneOf("null", "\"!\"")
        select (normalizer,
            Sequence([.. steps.Where(step => !step.Contains("ByteLevel")), ByteLevel(space, words)]),
            $$"""{"ignore_merges": {{Json(whole)}}, "fuse_unk": {{Json(fuse)}}, "unk_token": {{unknown}}}""");

    /// <summary>The tokenizer.json with the changes; bytes of a few letters are not in its vocabulary.</summary>
    public static string In(string tokenizerJson, (string Normalizer, string PreTokenizer, string Model) changes)
    {
        JsonObject root = JsonNode.Parse(tokenizerJson)!.AsObject();
        root["normalizer"] = JsonNode.Parse(changes.Normalizer);
        root["pre_tokenizer"] = JsonNode.Parse(changes.PreTokenizer);
        foreach (var (name, value) in JsonNode.Parse(changes.Model)!.AsObject())
            root["model"]![name] = value?.DeepClone();
        Lose(root["model"]!, "xÌ");
        return root.ToJsonString();
    }

    private static string Expression(string regex) => new JsonObject { ["Regex"] = regex }.ToJsonString();

    private static string Sequence(string[] steps) =>
        $$"""{"type": "Sequence", "pretokenizers": [{{string.Join(", ", steps)}}]}""";

    private static string ByteLevel(bool space, bool words) => $$"""
        {"type": "ByteLevel", "add_prefix_space": {{Json(space)}}, "trim_offsets": true, "use_regex": {{Json(words)}}}
        """;

    private static string Json(bool value) => value ? "true" : "false";

    // Tokens of lost letters are renamed, for the reference counts the vocabulary when it numbers added tokens.
    private static void Lose(JsonNode model, string letters)
    {
        model["vocab"] = new JsonObject(model["vocab"]!.AsObject().Select(entry => KeyValuePair.Create(
            IsLost(entry.Key, letters) ? $"<lost {entry.Value}>" : entry.Key, entry.Value?.DeepClone())));
        model["merges"] = new JsonArray([.. model["merges"]!.AsArray()
            .Where(merge => !merge!.AsArray().Any(token => IsLost(token!.GetValue<string>(), letters)))
            .Select(merge => merge!.DeepClone())]);
    }

    private static bool IsLost(string token, string letters) => token[0] != '<' && token.IndexOfAny([.. letters]) >= 0;
}
