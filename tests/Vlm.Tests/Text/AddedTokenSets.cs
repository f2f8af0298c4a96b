using System.Text.Json.Nodes;
using CsCheck;

namespace Vlm.Tests.Text;

/// <summary>Random sets of added tokens, and texts in which they meet.</summary>
internal static class AddedTokenSets
{
    // One in another, one after another, words, white space, and two that are the same text in normal form C.
    private static readonly string[] s_contents =
    [
        "<a>", "<a><b>", "<b>", "word", "wordy", "_x", "  ", " y", "z ", "\n", "e\u0301", "\u00EA", "\u0301", "日本",
        "🙂", "1",
    ];

    private static readonly string[] s_between =
    [
        " ", "  ", "\n", "\t ", "\u00A0", "a", "Z", "_", "é", "e\u0301", "\u0323", "Ⅷ", "½", "Ⓐ", "🅰", "\u200D",
        "\u200B", "-", "7", "<", "日",
    ];

    /// <summary>An added token but for its id.</summary>
    public sealed record Flags(
        string Content, bool Special, bool SingleWord, bool Lstrip, bool Rstrip, bool Normalized);

    /// <summary>
    /// Up to eight tokens. None that is white space itself strips what is before it: where the token before has
    /// stripped that too, the reference ends the process ("AddedVocabulary bad split").
    /// </summary>
    public static Gen<Flags[]> Any { get; } =
        from contents in Gen.Shuffle(s_contents, 1, 8)
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool).Array[contents.Length]
        select contents.Zip(flags, (content, f) => new Flags(
            content, f.Item1, f.Item2, f.Item3 && !char.IsWhiteSpace(content[0]), f.Item4, f.Item5)).ToArray();

    /// <summary>Texts of what any of them could be, and what stands around.</summary>
    public static Gen<string> Texts { get; } =
        Gen.Frequency((1, Gen.OneOf(s_contents)), (1, Gen.OneOf(s_between))).Array[0, 14].Select(string.Concat);

    /// <summary>A tokenizer.json, whose vocabulary's ids have no holes, with these added tokens in place of its own.</summary>
    public static string In(string tokenizerJson, IReadOnlyList<Flags> tokens)
    {
        JsonObject root = JsonNode.Parse(tokenizerJson)!.AsObject();
        JsonObject vocabulary = root["model"]!["vocab"]!.AsObject();
        int next = vocabulary.Count;
        root["added_tokens"] = new JsonArray([.. tokens.Select(token => new JsonObject
        {
            // The reference gives ids itself: the vocabulary's where it has the token, else the next.
            ["id"] = vocabulary[token.Content]?.GetValue<int>() ?? next++,
            ["content"] = token.Content,
            ["special"] = token.Special,
            ["single_word"] = token.SingleWord,
            ["lstrip"] = token.Lstrip,
            ["rstrip"] = token.Rstrip,
            ["normalized"] = token.Normalized,
        })]);
        return root.ToJsonString();
    }
}
