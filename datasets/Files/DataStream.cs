using System.IO.Compression;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Vlm.Datasets;

/// <summary>Opens data files, those packed by gzip too.</summary>
internal static class DataStream
{
    private const string Gz = ".gz";

    /// <summary>The content of a file, unpacked.</summary>
    /// <exception cref="UsageException">It does not open.</exception>
    public static Stream Open(string path)
    {
        var file = new FileStream(Handle(path), FileAccess.Read);
        int first = file.ReadByte(), second = file.ReadByte();
        file.Position = 0;
        return (first, second) is (0x1F, 0x8B) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>The first bytes of its content.</summary>
    /// <exception cref="UsageException">It does not open, is empty, or is damaged.</exception>
    public static byte[] Start(string path, int count)
    {
        using Stream stream = Open(path);
        var head = new byte[count];
        return Guarded(path, () => head[..stream.ReadAtLeast(head, count, throwOnEndOfStream: false)]);
    }

    /// <summary>Its content as text. Reading throws <see cref="DecoderFallbackException"/> where it is not UTF-8.</summary>
    /// <exception cref="UsageException">It does not open.</exception>
    public static StreamReader Text(string path) => new(Open(path), new UTF8Encoding(false, throwOnInvalidBytes: true));

    /// <summary>Letters of another encoding.</summary>
    public static UsageException NotUtf8(string path) =>
        new("the text of the file is not UTF-8", path, $"iconv -f LATIN1 -t UTF-8 {path}, or another encoding that it is in");

    /// <summary>All of its content, at most 2 GB.</summary>
    /// <exception cref="UsageException">It does not open, is damaged, or too long.</exception>
    public static byte[] All(string path)
    {
        using Stream stream = Open(path);
        using var all = new MemoryStream();
        Guarded(path, () =>
        {
            stream.CopyTo(all);
            return 0;
        });
        return all.ToArray();
    }

    /// <summary>The file's name without the ending of gzip.</summary>
    public static string Unpacked(string path) =>
        path.EndsWith(Gz, StringComparison.OrdinalIgnoreCase) ? path[..^Gz.Length] : path;

    private static SafeFileHandle Handle(string path)
    {
        try
        {
            return RegularFile.Open(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException("there is no such file", path, "the path of a .parquet, .jsonl, .json or .csv file");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UsageException("the file, or a folder on its path, may not be read", path, $"chmod u+r {path}");
        }
        catch (Exception error) when (error is IOException or ArgumentException)
        {
            throw new UsageException($"the file does not open: {error.Message}", path, "the path of a .parquet, .jsonl, .json or .csv file");
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException)
        {
            throw new UsageException("the gzip file is damaged", path, "download or write the file again");
        }
        catch (IOException error)
        {
            throw new UsageException($"the file cannot be read whole: {error.Message}", path, "split it into JSON lines");
        }
    }
}
