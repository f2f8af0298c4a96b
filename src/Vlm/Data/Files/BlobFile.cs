using Microsoft.Win32.SafeHandles;

namespace Vlm;

/// <summary>
/// A temporary file that many blobs are appended to and read back from; it is gone when nothing refers to it any more, and
/// when the process ends, however it ends. One thread at a time may append; any may read.
/// </summary>
internal sealed class BlobFile
{
    private readonly SafeFileHandle _file;
    private long _end;

    /// <summary>An empty file in the folder for temporary files.</summary>
    /// <exception cref="IOException">The disk is full, or refuses.</exception>
    public BlobFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"vlm-images-{Guid.NewGuid():N}");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete, FileOptions.DeleteOnClose);
        // A file without a name lives as long as it is open: nothing is left behind by a process that is killed.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
    }

    /// <summary>Appends a blob and gives where it begins.</summary>
    /// <exception cref="IOException">The disk is full, or refuses.</exception>
    public long Append(ReadOnlySpan<byte> blob)
    {
        long start = _end;
        RandomAccess.Write(_file, blob, start);
        _end += blob.Length;
        return start;
    }

    /// <summary>Reads a blob back.</summary>
    public byte[] Read(long start, int length)
    {
        var blob = new byte[length];
        for (int read = 0; read < length;)
            read += RandomAccess.Read(_file, blob.AsSpan(read), start + read) is > 0 and var next
                ? next : throw new IOException("a temporary file became shorter");
        return blob;
    }
}
