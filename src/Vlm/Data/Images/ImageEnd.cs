using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>
/// What the last bytes of a file say: an image whose download stopped has a good header, and no end. It is much cheaper to look there
/// than to decode.
/// </summary>
internal static class ImageEnd
{
    /// <summary>As many bytes of an end as tell; some cameras and editors write a little behind it.</summary>
    public const int Bytes = 4096;

    /// <summary>As many bytes of a start as tell.</summary>
    public const int StartBytes = 32;

    /// <summary>True where the file ends as its format does; false where only decoding can tell.</summary>
    /// <param name="start">The first <see cref="StartBytes"/>, or all.</param>
    /// <param name="end">The last <see cref="Bytes"/>, or all.</param>
    /// <param name="length">Of the file.</param>
    public static bool IsThere(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end, long length) => ImageFormats.Of(start) switch
    {
        ImageFormat.Jpeg => end.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0,
        ImageFormat.Png => end.LastIndexOf("IEND"u8) >= 0,
        ImageFormat.WebP => 8L + BinaryPrimitives.ReadUInt32LittleEndian(start[4..]) <= length,
        ImageFormat.Gif => end.TrimEnd((byte)0) is [.., 0x3B],
        _ => false,
    };
}
