using System.Security.Cryptography;
using Vlm.Images;

namespace Vlm.Grpo;

/// <summary>A picture as a run keeps it for people to look at: PNG or JPEG, no larger than it must be.</summary>
/// <param name="Key">A digest of the file: the same picture has the same key.</param>
/// <param name="File">PNG or JPEG.</param>
/// <param name="Width">Pixels of the picture as the data set has it, upright: what boxes refer to. The file may have fewer.</param>
/// <param name="Height">Rows of it.</param>
internal sealed record KeptPicture(string Key, byte[] File, int Width, int Height)
{
    /// <summary>The longest side of a kept file in pixels, and the size from which on a file is packed anew.</summary>
    public const int MostSide = 512, MostBytes = 1 << 16;

    private const int KeyLength = 16, Quality = 80;

    /// <summary>The picture of a source.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static KeptPicture Of(ImageSource source, string where)
    {
        (int width, int height) = source.Size(where);
        byte[] file = source.Encoded(where);
        byte[] kept = Math.Max(width, height) <= MostSide && file.Length <= MostBytes && IsShownAsItIs(file) ? file
            : Packed(Reduced(source.Decode(where)), IsJpeg(file));
        return new(Convert.ToHexStringLower(SHA256.HashData(kept))[..KeyLength], kept, width, height);
    }

    // Browsers turn a JPEG as its EXIF data says and a PNG may have transparent parts, which models see on white.
    private static bool IsShownAsItIs(ReadOnlySpan<byte> file) =>
        IsJpeg(file) ? file.IndexOf("Exif\0\0"u8) < 0
            : file.StartsWith((ReadOnlySpan<byte>)[0x89, .. "PNG"u8]) && file.IndexOf("eXIf"u8) < 0;

    private static RgbImage Reduced(RgbImage image)
    {
        double scale = Math.Min(1, (double)MostSide / Math.Max(image.Width, image.Height));
        return PilResize.Resize(image, Side(image.Width), Side(image.Height), ResizeFilter.Bicubic);

        int Side(int side) => Math.Max(1, (int)Math.Round(side * scale));
    }

    private static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    // What is a photograph already is tried as nothing else.
    private static byte[] Packed(RgbImage image, bool isPhoto) => isPhoto ? ImageCodec.EncodeJpeg(image, Quality)
        : ImageCodec.EncodePng(image) is { Length: <= MostBytes } png ? png : ImageCodec.EncodeJpeg(image, Quality);
}
