using System.Text;
using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>1 where the answer is one JSON object with one box and nothing else, whatever the box.</summary>
/// <remarks>
/// <c>{"box": [x1, y1, x2, y2]}</c>; the key may be <c>bbox</c> or <c>bbox_2d</c>, a <c>"label"</c> may stand beside it, a list of one
/// and a <c>```json</c> fence around it.
/// </remarks>
public static class BoxJson
{
    private const string Fence = "```json", FenceEnd = "```";

    /// <summary>Looks at the form of the answer.</summary>
    public static Score Score(string completion) => Score(AnswerFormat.Auto.Read(completion));

    /// <inheritdoc cref="Score(string)"/>
    public static Score Score(Answer answer)
    {
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        return IsBox(Unfenced(text))
            ? Rewards.Score.One("box as JSON") : Rewards.Score.Zero("not one JSON object with one box");
    }

    private static ReadOnlySpan<char> Unfenced(string text)
    {
        ReadOnlySpan<char> bare = text.AsSpan().Trim();
        bool fenced = bare.Length > Fence.Length + FenceEnd.Length && bare.StartsWith(Fence) && bare.EndsWith(FenceEnd);
        return fenced ? bare[Fence.Length..^FenceEnd.Length].Trim() : bare;
    }

    private static bool IsBox(ReadOnlySpan<char> text)
    {
        if (!(text is ['{', .., '}'] or ['[', .., ']']) || !text.Contains('"'))
            return false;
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var reader = new Utf8JsonReader(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        try
        {
            bool listed = reader.Read() && reader.TokenType == JsonTokenType.StartArray && reader.Read();
            return IsObject(ref reader) && (!listed || (reader.Read() && reader.TokenType == JsonTokenType.EndArray)) && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsObject(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        int boxes = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = reader.ValueSpan;
            bool label = name.SequenceEqual("label"u8);
            if (!label && !(name.SequenceEqual("box"u8) || name.SequenceEqual("bbox"u8) || name.SequenceEqual("bbox_2d"u8)))
                return false;
            if (!(reader.Read() && (label ? reader.TokenType == JsonTokenType.String : IsFourNumbers(ref reader))))
                return false;
            boxes += label ? 0 : 1;
        }

        return reader.TokenType == JsonTokenType.EndObject && boxes == 1;
    }

    private static bool IsFourNumbers(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        int numbers = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            numbers++;
        return numbers == 4 && reader.TokenType == JsonTokenType.EndArray;
    }
}
