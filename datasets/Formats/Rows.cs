using System.Globalization;
using System.Text;
using System.Text.Json;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>One row of a file of any layout.</summary>
/// <param name="Fields">As a <see cref="TableRow"/> holds them.</param>
/// <param name="Name">Unique in the files of one folder: the file's name and the row's number from 1.</param>
/// <param name="Where">The file and line, for messages.</param>
/// <param name="Folder">The folder of the file.</param>
internal sealed record Row(IReadOnlyDictionary<string, object?> Fields, string Name, string Where, string Folder)
{
    public object? this[string field] => Fields.GetValueOrDefault(field);

    public UsageException Wrong(string problem, string fix) => new(problem, Where, fix);
}

/// <summary>Rows of Parquet, of JSON lines, and of a JSON list.</summary>
internal static class Rows
{
    /// <exception cref="UsageException">
    /// The file is missing or broken (thrown at once for Parquet and lists, at its line for JSON lines).
    /// </exception>
    public static IEnumerable<Row> Read(string path)
    {
        if (!File.Exists(path))
            throw new UsageException("there is no such file", path, "the path of a .jsonl, .json or .parquet file");
        if (path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            return ParquetFile.Read(path).Select((row, i) => new Row(
                row.Columns.ToDictionary(column => column, column => row[column]), NameOf(path, i),
                $"{path}, row {i + 1}",
                FolderOf(path)));
        return StartsList(path) ? List(path) : Lines(path);
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static string NameOf(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}-{index + 1}");

    private static bool StartsList(string path)
    {
        using StreamReader reader = File.OpenText(path);
        int letter;
        while ((letter = reader.Read()) >= 0 && char.IsWhiteSpace((char)letter))
        {
        }

        return letter == '[';
    }

    private static IEnumerable<Row> Lines(string path)
    {
        int number = 0, index = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            yield return Line(line, path, index++, number);
        }
    }

    private static Row Line(string line, string path, int index, int number)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return One(json.RootElement, path, index, number);
        }
        catch (JsonException)
        {
            throw new UsageException(
                "the line is not JSON", At(path, number),
                "one object on each line, or a list of objects: [{...}, {...}]");
        }
    }

    private static List<Row> List(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        var rows = new List<Row>();
        try
        {
            var reader = new Utf8JsonReader(bytes);
            reader.Read();
            int line = 1, seen = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                line += bytes[seen..start].Count((byte)'\n');
                seen = start;
                rows.Add(One(JsonElement.ParseValue(ref reader), path, rows.Count, line));
            }

            reader.Read();          // what follows the list is an error it throws for
        }
        catch (JsonException broken)
        {
            throw new UsageException(
                "the file is not JSON", At(path, 1 + (broken.LineNumber ?? 0)), "a list of objects: [{...}, {...}]");
        }

        return rows;
    }

    private static string At(string path, long line) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}, line {line}");

    private static Row One(JsonElement element, string path, int index, int line)
    {
        string where = At(path, line);
        try
        {
            return Value(element) is IReadOnlyDictionary<string, object?> fields
                ? new Row(fields, NameOf(path, index), where, FolderOf(path))
                : throw new UsageException("a row is no object", where, "{\"text\": ...} or {\"messages\": [...]}");
        }
        catch (InvalidOperationException)
        {
            throw new UsageException(
                "a text holds half a character (a lone surrogate)", where, "write the text as UTF-8");
        }
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.Object => Fields(element),
        _ => null,
    };

    // Of a name given twice the last counts, as in most readers.
    private static Dictionary<string, object?> Fields(JsonElement element)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
            fields[property.Name] = Value(property.Value);
        return fields;
    }
}
