using System.Runtime.InteropServices;
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
        if (!(text is ['{', .., '}'] or ['[', .., ']']) || !text.Contains('"')
            || TryParse(Unicode.Composed(text.ToString())) is not { } parsed)
            return false;
        using (parsed)
        {
            JsonElement root = parsed.RootElement;
            bool listed = root.ValueKind == JsonValueKind.Array;
            return !listed ? IsBox(root) : root.GetArrayLength() == 1 && IsBox(root[0]);
        }
    }

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsBox(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return false;
        int boxes = 0;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
            bool box = name.SequenceEqual("box"u8) || name.SequenceEqual("bbox"u8) || name.SequenceEqual("bbox_2d"u8);
            if (box && IsFourNumbers(property.Value))
                boxes++;
            else if (!(name.SequenceEqual("label"u8) && property.Value.ValueKind == JsonValueKind.String))
                return false;
        }

        return boxes == 1;
    }

    private static bool IsFourNumbers(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 4
        && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number);
}
