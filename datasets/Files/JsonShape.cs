using System.Text;
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

    /// <summary>True of an object whose values are objects that begin with the same property: rows by their ids.</summary>
    /// <param name="head">A file, or the start of one.</param>
    public static bool IsKeyed(ReadOnlySpan<byte> head)
    {
        var reader = new Utf8JsonReader(
            head.StartsWith(Encoding.UTF8.Preamble) ? head[Encoding.UTF8.Preamble.Length..] : head, isFinalBlock: false, state: default);
        string? first = null;
        int rows = 0;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.Read())
                    break;
                if (reader.TokenType != JsonTokenType.StartObject)
                    return false;
                if (!reader.Read())
                    break;
                string? name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
                if (name is null || (first ??= name) != name)
                    return false;
                rows++;
                while (reader.CurrentDepth > 1 && reader.Read())
                {
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        bool whole = reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0;
        return whole ? rows > 0 && head[(int)reader.BytesConsumed..].IndexOf((byte)'{') < 0 : rows > 1;
    }

    private static readonly string[] s_coco = ["annotations", "categories", "licenses", "info"];

    /// <summary>True where the text begins with an object that is no row.</summary>
    /// <param name="head">The start of the file.</param>
    public static bool IsOneObject(ReadOnlySpan<byte> head)
    {
        if (IsKeyed(head))
            return true;
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

    /// <summary>True where it is the file of COCO: it has a property of COCO's, and none that holds rows.</summary>
    /// <param name="head">The start of the file.</param>
    public static bool IsCoco(ReadOnlySpan<byte> head)
    {
        var reader = new Utf8JsonReader(head, isFinalBlock: false, state: default);
        bool coco = false;
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    if (Wrappers.Contains(reader.GetString()!))
                        return false;
                    coco |= s_coco.Contains(reader.GetString()!);
                }
        }
        catch (JsonException)
        {
            return coco;            // named where it is read
        }

        return coco;
    }

    private static bool IsWrapper(string name) => Wrappers.Contains(name) || s_coco.Contains(name);

    private static int Lines(ReadOnlySpan<byte> text) => 1 + text.Count((byte)'\n');
}
