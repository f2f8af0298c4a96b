using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Vlm.Datasets;

/// <summary>Rows of JSON: a line each, a list, or a list inside an object.</summary>
internal static partial class JsonRows
{
    private const string NoNumberFix = "null in place of NaN and Infinity, which JSON does not have";

    private const string ListFix = "a list of objects: [{...}, {...}]";

    /// <summary>One object on each line.</summary>
    public static IEnumerable<RowOrProblem> Lines(string path)
    {
        using StreamReader reader = DataStream.Text(path);
        int number = 0, index = 0;
        while (Next(reader, path) is { } line)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return Line(line, path, index++, number);
        }
    }

    /// <summary>A list of objects.</summary>
    public static List<RowOrProblem> List(string path) => List(path, DataStream.All(path), _ => true);

    /// <summary>A list of objects in the property of an object that holds the rows.</summary>
    /// <exception cref="UsageException">No property does, or two.</exception>
    public static List<RowOrProblem> Wrapped(string path)
    {
        byte[] bytes = DataStream.All(path);
        string[] found = [.. Properties(path, bytes).Where(JsonShape.Wrappers.Contains)];
        return found switch
        {
            [] when JsonShape.IsKeyed(bytes) => Keyed(path, bytes),
            [var only] => List(path, bytes, name => name == only),
            [] => throw new UsageException("the file is one JSON object, and none of its properties holds the rows", path, ListFix),
            _ => throw new UsageException(
                $"the file has the rows of {string.Join(" and ", found)}", path, $"a file of its own for each: {found[0]}.json"),
        };
    }

    // An object for each id, as GQA and ScienceQA have them.
    private static List<RowOrProblem> Keyed(string path, byte[] file)
    {
        var rows = new List<RowOrProblem>();
        Guarded(path, () =>
        {
            ReadOnlySpan<byte> bytes = WithoutMark(file);
            var reader = new Utf8JsonReader(bytes);
            reader.Read();
            for (int line = 1, seen = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
            {
                string id = reader.GetString()!;
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                line += bytes[seen..start].Count((byte)'\n');
                seen = start;
                rows.Add(One(JsonElement.ParseValue(ref reader), path, rows.Count, line, id));
            }
        });
        return rows[0].Row?.Columns.Contains("0") == true ? throw new UsageException(
            "the file holds one column after the other, as pandas writes them", path,
            "frame.to_json(\"file.jsonl\", orient=\"records\", lines=True)") : rows;
    }

    /// <summary>The line of a file, for messages.</summary>
    internal static string At(string path, long line) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}, line {line}");

    private static string? Next(StreamReader reader, string path)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException)
        {
            throw new UsageException("the gzip file is damaged", path, "download or write the file again");
        }
        catch (DecoderFallbackException)
        {
            throw DataStream.NotUtf8(path);
        }
    }

    // Without the position, which the line says.
    private static string Reason(JsonException broken) => broken.Message.Split(". ")[0].Split(" LineNumber")[0].TrimEnd('.');

    private static RowOrProblem Line(string line, string path, int index, int number)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return One(json.RootElement, path, index, number);
        }
        catch (JsonException broken)
        {
            return new UsageException(
                $"the line is not JSON: {Reason(broken)}", At(path, number),
                NoNumber().IsMatch(line) ? NoNumberFix : "one object on each line, or a list of objects: [{...}, {...}]");
        }
    }

    private static List<string> Properties(string path, byte[] bytes)
    {
        var names = new List<string>();
        Guarded(path, () =>
        {
            var reader = new Utf8JsonReader(WithoutMark(bytes));
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    names.Add(reader.GetString()!);
                    reader.Skip();
                }
        });
        return names;
    }

    private static List<RowOrProblem> List(string path, byte[] file, Predicate<string> isRows)
    {
        if (!Utf8.IsValid(file))
            throw DataStream.NotUtf8(path);
        var rows = new List<RowOrProblem>();
        Guarded(path, () =>
        {
            ReadOnlySpan<byte> bytes = WithoutMark(file);
            var reader = new Utf8JsonReader(bytes);
            reader.Read();
            while (reader.TokenType != JsonTokenType.StartArray)
                Enter(ref reader, isRows);
            int line = 1, seen = 0, depth = reader.CurrentDepth;
            while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
            {
                int start = (int)reader.TokenStartIndex;
                line += bytes[seen..start].Count((byte)'\n');
                seen = start;
                rows.Add(One(JsonElement.ParseValue(ref reader), path, rows.Count, line));
            }

            while (reader.Read())
            {
                // What follows the list is an error it throws for.
            }
        });
        return rows;
    }

    // To the value of the property with the rows.
    private static void Enter(ref Utf8JsonReader reader, Predicate<string> isRows)
    {
        if (!reader.Read())
            throw new JsonException();
        if (reader.TokenType == JsonTokenType.PropertyName && !isRows(reader.GetString()!))
            reader.Skip();
        else if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.StartArray))
            throw new JsonException("no list", null, 0, 0);
    }

    internal static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    private static void Guarded(string path, Action read)
    {
        try
        {
            read();
        }
        catch (JsonException broken)
        {
            throw new UsageException(
                $"the file is not JSON: {Reason(broken)}", At(path, 1 + (broken.LineNumber ?? 0)),
                Reason(broken)[0] == '\'' && Reason(broken)[1] is 'N' or 'I' ? NoNumberFix : ListFix);
        }
    }

    private static RowOrProblem One(JsonElement element, string path, int index, int line, string? id = null)
    {
        string where = At(path, line);
        try
        {
            return Values.OfJson(element) is Dictionary<string, object?> fields
                ? new Row(id is null || fields.ContainsKey("id") ? fields : new(fields) { ["id"] = id }, Rows.NameOf(path, index), where, Rows.FolderOf(path))
                : new UsageException("a row is no object", where, "{\"question\": ..., \"answer\": ...} or {\"messages\": [...]}");
        }
        catch (InvalidOperationException)
        {
            return new UsageException(
                "a text holds half a character (a lone surrogate)", where, "write the text as UTF-8");
        }
    }

    [GeneratedRegex(@"[:\[,]\s*-?(?:NaN|Infinity)\b")]
    private static partial Regex NoNumber();
}
