using System.Text.Json;

namespace Vlm.Datasets;

/// <summary>Tells one JSON object that holds all rows from JSON lines, whose first line is an object too.</summary>
internal static class JsonShape
{
    /// <summary>Properties that hold the rows of a file.</summary>
    internal static readonly string[] Wrappers =
    [
        "data", "rows", "examples", "questions", "instances", "items", "records", "samples", "train", "validation", "test",
    ];

    private static readonly string[] s_coco = ["annotations", "categories", "licenses", "info"];

    /// <summary>True where the text begins with an object that is no row.</summary>
    /// <param name="head">The start of the file.</param>
    public static bool IsOneObject(ReadOnlySpan<byte> head)
    {
        var reader = new Utf8JsonReader(head, isFinalBlock: false, state: default);
        bool wraps = false;
        try
        {
            while (reader.Read())
            {
                wraps |= reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && IsWrapper(reader.GetString()!);
                if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0)
                    return wraps && head[(int)reader.BytesConsumed..].IndexOf((byte)'{') < 0;
            }
        }
        catch (JsonException)
        {
            return false;           // a broken line, named where it is read
        }

        return wraps || (reader.CurrentDepth == 1 && Lines(head[..(int)reader.BytesConsumed]) > 1);
    }

    private static bool IsWrapper(string name) => Wrappers.Contains(name) || s_coco.Contains(name);

    private static int Lines(ReadOnlySpan<byte> text) => 1 + text.Count((byte)'\n');
}
