using System.Text;

namespace Vlm.Datasets;

/// <summary>What a data file is, whatever it is called.</summary>
internal enum FileKind
{
    Parquet,
    JsonLines,
    JsonList,
    JsonObject,
    Csv,
}

/// <summary>Tells files apart by their first bytes; the extension counts for CSV alone, which has none of its own.</summary>
internal static class FileKinds
{
    private const int Head = 1 << 16;
    private const string Pickle = "pandas.read_pickle(\"file\").to_parquet(\"file.parquet\")";

    /// <summary>How what <c>save_to_disk</c> wrote becomes a file that is read.</summary>
    internal const string ArrowFix = "datasets.load_from_disk(\"folder\").to_parquet(\"file.parquet\")";

    /// <summary>How an archive of WebDataset that was unpacked becomes a file that is read.</summary>
    internal const string TarFix = "and write a line of JSON for each record: {\"image\": \"000001.jpg\", \"question\": ..., \"answer\": ...}";

    // Where a tar archive names its format (POSIX.1-1988).
    private const int TarName = 257;

    private static readonly (byte[] Start, string Name, string Fix)[] s_others =
    [
        ([.. "ARROW1"u8], "an Arrow file", ArrowFix),
        ([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow stream", ArrowFix),
        ([.. "version https://git-lfs"u8], "a Git LFS pointer, not the file itself", "git lfs pull"),
        ([.. "PK\u0003\u0004"u8], "a zip archive", "unzip it, then name the data file in it"),
        ([.. "Rar!"u8], "a rar archive", "unpack it, then name the data file in it"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive", "unpack it, then name the data file in it"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file", "unpack it: zstd -d"),
        ([.. "BZh"u8], "a bzip2 file", "unpack it: bunzip2"),
        ([0xFD, .. "7zXZ"u8], "an xz file", "unpack it: unxz"),
        ([.. "SQLite format 3"u8], "an SQLite database", "export its table as CSV or Parquet"),
        ([0x80, 2], "a Python pickle", Pickle), ([0x80, 3], "a Python pickle", Pickle), ([0x80, 4], "a Python pickle", Pickle),
        ([0x80, 5], "a Python pickle", Pickle),
        ([0x89, .. "HDF"u8], "an HDF5 file", "pandas.read_hdf(\"file\").to_parquet(\"file.parquet\")"),
        ([0x93, .. "NUMPY"u8], "a NumPy array", "a table: Parquet, JSON lines or CSV"),
        ([.. "Obj\u0001"u8], "an Avro file", "a table: Parquet, JSON lines or CSV"),
        ([.. "ORC"u8], "an ORC file", "a table: Parquet, JSON lines or CSV"),
        ([0x89, .. "PNG"u8], "a PNG image", "the table that names the images"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image", "the table that names the images"),
        ([.. "%PDF-"u8], "a PDF document", "a table: Parquet, JSON lines or CSV"),
    ];

    /// <summary>What a file is.</summary>
    /// <exception cref="UsageException">It does not open, is empty, or is of a kind that is not read; the message names it.</exception>
    public static FileKind Of(string path)
    {
        byte[] head = DataStream.Start(path, Head);
        if (head.AsSpan().StartsWith("PAR1"u8))
            return FileKind.Parquet;
        (byte[] _, string name, string fix) = Array.Find(s_others, other => head.AsSpan().StartsWith(other.Start));
        if (name is not null && path.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("the file is an Excel workbook", path, "save its sheet as CSV");
        if (head.AsSpan(Math.Min(TarName, head.Length)).StartsWith("ustar"u8))
            throw new UsageException(
                "the file is a tar archive (WebDataset)", path,
                $"unpack it, {TarFix}");
        if (name is not null)
            throw new UsageException($"the file is {name}", path, fix);
        CheckText(path, head);
        return OfText(path, Encoding.UTF8.GetString(head).TrimStart('\uFEFF').TrimStart());
    }

    /// <summary>In words, for messages and reports.</summary>
    public static string Words(this FileKind kind) => kind switch
    {
        FileKind.Parquet => "Parquet",
        FileKind.JsonLines => "JSON lines",
        FileKind.Csv => "CSV",
        _ => "JSON",
    };

    private static void CheckText(string path, byte[] head)
    {
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new UsageException("the text of the file is UTF-16", path, $"iconv -f UTF-16 -t UTF-8 {path}");
        if (head.Contains((byte)0))
            throw new UsageException(
                $"the file is neither Parquet, JSON nor CSV; it begins with {Convert.ToHexString(head.AsSpan(0, Math.Min(8, head.Length)))}",
                path, "a .parquet, .jsonl, .json or .csv file");
    }

    private static FileKind OfText(string path, string text)
    {
        if (text.Length == 0)
            throw new UsageException("the file has no rows", path, "a file with at least one row");
        if (text.StartsWith('['))
            return FileKind.JsonList;
        if (text.StartsWith('{'))
            return JsonShape.IsOneObject(Encoding.UTF8.GetBytes(text)) ? FileKind.JsonObject : FileKind.JsonLines;
        if (text.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("the file is a web page", path, "download the file itself: .../resolve/main/FILE");
        string name = DataStream.Unpacked(path);
        if (Named(name, ".csv", ".tsv"))
            return FileKind.Csv;
        return Named(name, ".jsonl", ".json", ".ndjson") ? FileKind.JsonLines : Named(name, ".parquet")
            ? throw new UsageException("the file is not Parquet: it begins with a text", path, "download or write the file again")
            : throw new UsageException(
                "what the file is cannot be told from its name and its first line", path, "a name that ends in .parquet, .jsonl, .json, .csv or .tsv");
    }

    private static bool Named(string name, params string[] endings) =>
        endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
