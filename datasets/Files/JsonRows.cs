using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vlm.Datasets;

/// <summary>Rows of JSON: a line each, a list, or a list inside an object.</summary>
internal static class JsonRows
{
    private const string ListFix = "a list of objects: [{...}, {...}]";

    /// <summary>One object on each line.</summary>
    public static IEnumerable<RowOrProblem> Lines(string path)
    {
        using var reader = new StreamReader(DataStream.Open(path));
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
            [var only] => List(path, bytes, name => name == only),
            [] => throw new UsageException("the file is one JSON object, and none of its properties holds the rows", path, ListFix),
            _ => throw new UsageException(
                $"the file has the rows of {string.Join(" and ", found)}", path, $"a file of its own for each: {found[0]}.json"),
        };
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
    }

    private static RowOrProblem Line(string line, string path, int index, int number)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return One(json.RootElement, path, index, number);
        }
        catch (JsonException)
        {
            return new UsageException(
                "the line is not JSON", At(path, number), "one object on each line, or a list of objects: [{...}, {...}]");
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

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    private static void Guarded(string path, Action read)
    {
        try
        {
            read();
        }
        catch (JsonException broken)
        {
            throw new UsageException("the file is not JSON", At(path, 1 + (broken.LineNumber ?? 0)), ListFix);
        }
    }

    private static RowOrProblem One(JsonElement element, string path, int index, int line)
    {
        string where = At(path, line);
        try
        {
            return Values.OfJson(element) is IReadOnlyDictionary<string, object?> fields
                ? new Row(fields, Rows.NameOf(path, index), where, Rows.FolderOf(path))
                : new UsageException("a row is no object", where, "{\"text\": ...} or {\"messages\": [...]}");
        }
        catch (InvalidOperationException)
        {
            return new UsageException(
                "a text holds half a character (a lone surrogate)", where, "write the text as UTF-8");
        }
    }
}
