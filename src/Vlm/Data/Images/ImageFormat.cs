using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>The file formats that are read.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
    Tiff,
    Pnm,
    Tga,
}

/// <summary>What the first bytes of a file say.</summary>
internal static class ImageFormats
{
    /// <summary>The format of a file, whatever it is called, or null for one that is not read.</summary>
    public static ImageFormat? Of(ReadOnlySpan<byte> file)
    {
        if (file is [0xFF, 0xD8, 0xFF, ..])
            return ImageFormat.Jpeg;
        if (file.StartsWith(PngChunks.Signature))
            return ImageFormat.Png;
        if (file.Length >= 16 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
            return ImageFormat.WebP;
        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8))
            return ImageFormat.Gif;
        if (IsBmp(file))
            return ImageFormat.Bmp;
        if (file is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..])
            return ImageFormat.Tiff;
        if (RawHeader.Pnm(file) is not null)
            return ImageFormat.Pnm;
        return RawHeader.Tga(file) is not null ? ImageFormat.Tga : null;
    }

    // Texts begin with BM, too. At byte 14 there is the length of the second header, which tells its version.
    private static bool IsBmp(ReadOnlySpan<byte> file) =>
        file.Length >= 18 && file.StartsWith("BM"u8)
        && BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) is 12 or 40 or 52 or 56 or 64 or 108 or 124;
}
