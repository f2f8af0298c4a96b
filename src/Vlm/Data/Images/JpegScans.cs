using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>What a JPEG's markers (ITU-T T.81, annex B) say before its decoder runs.</summary>
internal static class JpegScans
{
    /// <summary>Each scan goes over the whole image: some megabytes of them would take hours.</summary>
    public const int MaxScans = 500;

    private const byte StartOfScan = 0xDA;

    /// <summary>Refuses a file that ends before its image does, or has too many scans.</summary>
    /// <exception cref="UnreadableImageException">It does.</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> scans = FromFirst(file);
        if (scans.IsEmpty)
            return;
        // libjpeg fills what is missing with grey. In a scan's data 0xFF is followed by 0 or a restart marker always.
        int end = scans.IndexOf([(byte)0xFF, (byte)0xD9]);
        if (end < 0)
            throw new UnreadableImageException(UnreadableImageException.CutShort);
        if (scans[..end].Count([(byte)0xFF, StartOfScan]) > MaxScans)
            throw new UnreadableImageException($"it has more than {MaxScans} scans");
    }

    // Segments are passed over whole: a thumbnail in one has scans of its own.
    private static ReadOnlySpan<byte> FromFirst(ReadOnlySpan<byte> file)
    {
        for (int at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xFF || file[at + 1] is 0 or 0xFF)
                at++;
            else if (file[at + 1] == StartOfScan)
                return file[at..];
            else
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return [];
    }
}
