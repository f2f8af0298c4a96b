using System.Text.Json;

namespace Vlm.Text;

/// <summary>The tokens that stand before and after a text that is a whole sequence, as encoders of sentences want it.</summary>
/// <param name="Before">Ids, such as that of a start token.</param>
/// <param name="After">Ids, such as that of an end token.</param>
internal sealed record SequenceTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Nothing.</summary>
    public static SequenceTemplate None { get; } = new([], []);

    /// <summary>Reads the <c>post_processor</c> of a tokenizer.json; of a template that of a single text.</summary>
    /// <exception cref="NotSupportedException">A step this project does not know.</exception>
    /// <exception cref="FormatException">A field is missing or of another kind.</exception>
    public static SequenceTemplate Parse(JsonElement? json)
    {
        if (json is not { } step)
            return None;
        string type = TokenizerJson.Text(step, "type");
        return type switch
        {
            "ByteLevel" => None,        // moves offsets alone
            "Sequence" => TokenizerJson.List(step, "processors").Select(inner => Parse(inner)).Aggregate(None, Around),
            "BertProcessing" or "RobertaProcessing" => new([Pair(step, "cls")], [Pair(step, "sep")]),
            "TemplateProcessing" => OfTemplate(step),
            _ => throw new NotSupportedException($"its post_processor '{type}' is not known here"),
        };
    }

    private static SequenceTemplate Around(SequenceTemplate inner, SequenceTemplate outer) =>
        new([.. outer.Before, .. inner.Before], [.. inner.After, .. outer.After]);

    // ["<|startoftext|>", 49406]
    private static int Pair(JsonElement step, string name) =>
        TokenizerJson.Field(step, name) is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2
            ? TokenizerJson.Id(pair[1], name)
            : throw new FormatException($"{name} of the post_processor is no pair of a token and its id");

    // Tokens, and among them the text: {"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}.
    private static SequenceTemplate OfTemplate(JsonElement step)
    {
        var (before, after, passed) = (new List<int>(), new List<int>(), false);
        foreach (JsonElement piece in TokenizerJson.List(step, "single"))
            if (TokenizerJson.Find(piece, "SpecialToken") is { } token)
                (passed ? after : before).AddRange(Ids(step, TokenizerJson.Text(token, "id")));
            else
                passed = true;
        return new(before, after);
    }

    private static IEnumerable<int> Ids(JsonElement step, string token) =>
        TokenizerJson.List(TokenizerJson.Field(TokenizerJson.Field(step, "special_tokens"), token), "ids")
            .Select(id => TokenizerJson.Id(id, token));
}
