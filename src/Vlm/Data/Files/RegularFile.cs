using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vlm;

/// <summary>
/// Opens files that strangers name: a pipe, a device or a folder under a file's name is refused and never waited for.
/// </summary>
public static partial class RegularFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">Its path; links are followed.</param>
    /// <param name="mostBytes">The longest that is opened.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">
    /// It is no regular file, is empty or longer than <paramref name="mostBytes"/>, or does not open; the message says which.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path, long mostBytes = long.MaxValue)
    {
        if (Directory.Exists(path))
            throw new IOException("it is a folder");
        SafeFileHandle handle = OpenAtOnce(path);
        try
        {
            long length = Length(handle);
            return length <= mostBytes
                ? handle : throw new IOException($"it has {length:N0} bytes; at most {mostBytes:N0} are read");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadAllBytes(string path, long mostBytes = int.MaxValue)
    {
        using SafeFileHandle handle = Open(path, mostBytes);
        return Read(handle, 0, RandomAccess.GetLength(handle));
    }

    /// <summary>The first bytes of a file: all where it has fewer.</summary>
    /// <inheritdoc cref="Open"/>
    /// <param name="path">Its path; links are followed.</param>
    /// <param name="count">How many.</param>
    /// <param name="mostBytes">The longest file that is opened.</param>
    public static byte[] ReadStart(string path, int count, long mostBytes = long.MaxValue)
    {
        using SafeFileHandle handle = Open(path, mostBytes);
        return Read(handle, 0, Math.Min(count, RandomAccess.GetLength(handle)));
    }

    // The first bytes of a file, its last ones, and how many it has.
    internal static (byte[] Start, byte[] End, long Length) ReadEnds(string path, int first, int last, long mostBytes)
    {
        using SafeFileHandle handle = Open(path, mostBytes);
        long length = RandomAccess.GetLength(handle), end = Math.Min(last, length);
        return (Read(handle, 0, Math.Min(first, length)), Read(handle, length - end, end), length);
    }

    private static byte[] Read(SafeFileHandle handle, long start, long count)
    {
        var bytes = new byte[count];
        for (int read = 0, next; read < bytes.Length; read += next)
            if ((next = RandomAccess.Read(handle, bytes.AsSpan(read), start + read)) == 0)
                throw new IOException("it became shorter while it was read");
        return bytes;
    }

    // Of a device and of what the system makes up (/proc) the length is 0; of a pipe there is none.
    private static long Length(SafeFileHandle handle)
    {
        try
        {
            long length = RandomAccess.GetLength(handle);
            return length > 0 ? length : throw new IOException("it is empty, or no regular file");
        }
        catch (NotSupportedException)
        {
            throw new IOException("it is no regular file");
        }
    }

    // Opening a pipe for reading waits for a writer, unless it is asked not to.
    private static SafeFileHandle OpenAtOnce(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
            return File.OpenHandle(path);
        const int nonBlockingLinux = 0x800, closeOnExecLinux = 0x80000, nonBlockingMac = 0x4, closeOnExecMac = 0x1000000;
        int flags = OperatingSystem.IsMacOS() ? nonBlockingMac | closeOnExecMac : nonBlockingLinux | closeOnExecLinux;
        int descriptor = OpenDescriptor(path, flags);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : File.OpenHandle(path);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);
}
