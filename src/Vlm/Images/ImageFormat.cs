using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>The file formats that are read.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
}

/// <summary>What the first bytes of a file say.</summary>
internal static class ImageFormats
{
    /// <summary>The signature of a PNG file.</summary>
    public static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The format of a file, or null for one that is not read.</summary>
    public static ImageFormat? Of(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngSignature))
            return ImageFormat.Png;
        if (file is [0xFF, 0xD8, 0xFF, ..])
            return ImageFormat.Jpeg;
        if (file.Length >= 16 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
            return ImageFormat.WebP;
        return null;
    }

    /// <summary>Width and height from a PNG's first chunk, or null where it is not one.</summary>
    public static (uint Width, uint Height)? PngSize(ReadOnlySpan<byte> file) =>
        file.Length >= 24 && file[12..].StartsWith("IHDR"u8)
            ? (BinaryPrimitives.ReadUInt32BigEndian(file[16..]), BinaryPrimitives.ReadUInt32BigEndian(file[20..]))
            : null;
}
