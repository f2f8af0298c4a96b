using System.Runtime.InteropServices;
using System.Text;

namespace Vlm.Checkpoints;

/// <summary>
/// Files of model folders, which come from others. Only a regular file of a bounded size is read: a pipe has no end to wait for, and neither has
/// a device.
/// </summary>
public static partial class HubFile
{
    /// <summary>The most bytes of a small file: ten times the largest published tokenizer.json.</summary>
    public const long MostBytes = 1L << 28;

    /// <summary>Refuses what is no regular file, or cannot be read.</summary>
    /// <param name="path">A file that exists.</param>
    /// <param name="most">Bytes; more are refused.</param>
    /// <exception cref="UsageException">It is a pipe, a socket, a device or a folder, or larger.</exception>
    public static void Require(string path, long most = long.MaxValue)
    {
        if (!IsRegular(path))
            throw new UsageException(
                $"{Path.GetFileName(path)} is {(Directory.Exists(path) ? "a folder" : "a pipe, a socket or a device")}, not a file",
                path, "a regular file in its place");
        if (new FileInfo(RealPath(path)) is { Exists: true, Length: var length } && length > most)
            throw new UsageException(
                $"{Path.GetFileName(path)} has {length} bytes, and at most {most} are read", path, "the file as it was published");
    }

    /// <summary>The content of a small file.</summary>
    /// <exception cref="UsageException">It is no regular file, too large, or cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        Require(path, MostBytes);
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return NotTheFile.Of(bytes.AsSpan(0, Math.Min(NotTheFile.Head, bytes.Length)), path) is { } other ? throw other : bytes;
        }
        catch (FileNotFoundException) when (new FileInfo(path).LinkTarget is { } target)
        {
            throw new UsageException($"{Path.GetFileName(path)} is a link to {target}, which is not there", path, "download the file again");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the file: {error.Message}", path, "check its permissions");
        }
    }

    /// <summary>The content of a small file of text, in UTF-8 or what its first bytes say.</summary>
    /// <exception cref="UsageException">It is no regular file, too large, or cannot be read.</exception>
    public static string ReadText(string path)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The path behind all links on the way; what does not exist keeps its own.</summary>
    public static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;

        nint resolved = Resolve(path, 0);
        if (resolved == 0)
            return full;
        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            Free(resolved);
        }
    }

    // .NET takes pipes and devices for files; Linux says what they are, links followed.
    private static unsafe bool IsRegular(string path)
    {
        const int here = -100, modeAt = 28, size = 256, kind = 0xF000, regular = 0x8000;
        const uint type = 1;
        if (!OperatingSystem.IsLinux())
            return !Directory.Exists(path);

        byte* status = stackalloc byte[size];
        return Status(here, path, 0, type, status) != 0 || (*(ushort*)(status + modeAt) & kind) == regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
