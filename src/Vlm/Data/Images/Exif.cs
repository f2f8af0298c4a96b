using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>The one thing that is read of EXIF data: which way up the image is.</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112, Short = 3;

    /// <summary>
    /// The tag in the first directory of TIFF-structured data: "II" or "MM", 42 (2 bytes), place of the directory (4);
    /// there the count of entries (2) and the entries, each tag (2), type (2), count (4), value (4). Upright where there
    /// is no such data, or it is damaged.
    /// </summary>
    public static Orientation Orientation(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith("Exif\0\0"u8))
            data = data[6..];
        bool little = data.StartsWith("II*\0"u8);
        if (data.Length < 10 || !(little || data.StartsWith("MM\0*"u8)))
            return Images.Orientation.Upright;
        uint at = little
            ? BinaryPrimitives.ReadUInt32LittleEndian(data[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (at > data.Length - 2)
            return Images.Orientation.Upright;

        data = data[(int)at..];
        int entries = Number(data, little);
        for (data = data[2..]; entries > 0 && data.Length >= 12; entries--, data = data[12..])
            if (Number(data, little) == OrientationTag && Number(data[2..], little) == Short)
                return (Orientation)Number(data[8..], little);
        return Images.Orientation.Upright;
    }

    private static ushort Number(ReadOnlySpan<byte> data, bool little) => little
        ? BinaryPrimitives.ReadUInt16LittleEndian(data)
        : BinaryPrimitives.ReadUInt16BigEndian(data);
}
