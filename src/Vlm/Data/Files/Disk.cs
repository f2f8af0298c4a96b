using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vlm;

/// <summary>What the file system knows that .NET does not say.</summary>
public static partial class Disk
{
    /// <summary>True where an exception means that the disk or the quota is full.</summary>
    public static bool IsFull(Exception error)
    {
        const int noSpace = 28, quotaLinux = 122, quotaMac = 69, windowsDiskFull = unchecked((int)0x80070070);
        return error is IOException { HResult: noSpace or quotaLinux or quotaMac or windowsDiskFull };
    }

    /// <summary>Waits until every file below a folder, and the folders' own entries, are on the disk.</summary>
    internal static void Flush(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        foreach (string inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
            FlushEntries(inner);
        FlushEntries(folder);
    }

    /// <summary>Waits until a folder's list of names is on the disk; Windows does so by itself.</summary>
    internal static void FlushEntries(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        const int readOnly = 0;
        int descriptor = Open(folder, readOnly);
        if (descriptor < 0)
            throw new IOException($"cannot open folder {folder}", Marshal.GetLastPInvokeError());
        try
        {
            if (FSync(descriptor) != 0 && Marshal.GetLastPInvokeError() is var error && !IsRefused(error))
                throw new IOException($"cannot flush folder {folder}", error);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // Some network file systems refuse to flush a folder (EINVAL, ENOTSUP); a rename is durable there without.
    private static bool IsRefused(int error) => error is 22 or 95 or 45;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
