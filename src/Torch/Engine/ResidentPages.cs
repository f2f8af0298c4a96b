using System.Globalization;
using System.Runtime.InteropServices;

namespace Vlm.Engine;

/// <summary>Memory that the process holds without needing it.</summary>
/// <remarks>
/// Debian's libtorch pulls in some two hundred libraries, and linking them reads about 100 MB of pages that are never
/// looked at again: symbol tables of Qt, GDAL, OpenCV. They count as the process's resident memory, beside the weights.
/// </remarks>
public static partial class ResidentPages
{
    private const string Maps = "/proc/self/smaps";
    private const int DontNeed = 4;

    /// <summary>
    /// Gives back the pages of libraries and assemblies that are as they are in their files; what is needed is mapped
    /// again, from the system's cache, when it is touched. Does nothing but on Linux.
    /// </summary>
    /// <returns>Bytes that were resident and are no longer counted.</returns>
    public static long GiveBack()
    {
        if (!File.Exists(Maps))
            return 0;

        long given = 0;
        foreach ((nint start, nint length, long resident) in Unwritten(File.ReadAllBytes(Maps)))
            given += Advise(start, length, DontNeed) == 0 ? resident : 0;
        return given;
    }

    /// <summary>Private mappings of files, not writable, without one page that was written (as relocation does).</summary>
    /// <param name="smaps">Of a megabyte: parsed in place, or the parsing would hold what it is to give back.</param>
    internal static List<(nint Start, nint Length, long Resident)> Unwritten(ReadOnlySpan<byte> smaps)
    {
        List<(nint, nint, long)> found = [];
        ReadOnlySpan<byte> head = default;
        long resident = 0;
        foreach (Range range in smaps.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = smaps[range];
            if (line.StartsWith("Rss:"u8))
                resident = Kilobytes(line["Rss:"u8.Length..]);
            else if (line.StartsWith("Anonymous:"u8))
            {
                if (Kilobytes(line["Anonymous:"u8.Length..]) == 0 && resident > 0 && IsFileForReading(head))
                    found.Add((Address(head, out nint end), end - Address(head, out _), resident));
            }
            else if (line.Length > 0 && !char.IsAsciiLetterUpper((char)line[0]))
                head = line;
        }
        return found;
    }

    // 7f00-7f01 r-xp 00000000 fe:00 123    /usr/lib/libc.so.6
    private static bool IsFileForReading(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> rest = head[(head.IndexOf((byte)' ') + 1)..];
        return rest.Length > 4 && rest[0] == 'r' && rest[1] == '-' && rest[3] == 'p' && rest.Contains((byte)'/');
    }

    private static nint Address(ReadOnlySpan<byte> head, out nint end)
    {
        int dash = head.IndexOf((byte)'-');
        end = Hexadecimal(head[(dash + 1)..head.IndexOf((byte)' ')]);
        return Hexadecimal(head[..dash]);
    }

    private static nint Hexadecimal(ReadOnlySpan<byte> digits) =>
        nint.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static long Kilobytes(ReadOnlySpan<byte> rest) =>
        long.Parse(rest[..rest.IndexOf("kB"u8)].Trim((byte)' '), CultureInfo.InvariantCulture) << 10;

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int advice);
}
