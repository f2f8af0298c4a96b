using System.Globalization;

namespace Vlm.Images;

/// <summary>
/// Encoded pictures to RGB and back. The pixels are those the Python stack trains on: the same libraries, alpha
/// dropped, grey replicated, colour profiles ignored, and no rotation by EXIF.
/// </summary>
public static class ImageCodec
{
    /// <summary>Most pixels that are decoded, as in Pillow: a small file can claim a size that fills memory.</summary>
    public const long MostPixels = 178_956_970;

    /// <summary>Decodes a JPEG, PNG or WebP file.</summary>
    /// <param name="file">The encoded bytes.</param>
    /// <param name="where">Where they came from, for messages: a path, or a record's id.</param>
    /// <exception cref="UsageException">The bytes are no such file, are damaged, or claim too many pixels.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string where)
    {
        var (width, height) = DecodeSize(file, where);
        try
        {
            return new RgbImage(width, height, ImageFormats.Of(file) switch
            {
                ImageFormat.Jpeg => JpegDecoder.Decode(file),
                ImageFormat.Png => PngDecoder.Decode(file),
                _ => WebPDecoder.Decode(file),
            });
        }
        catch (Exception e) when (Explained(e, where) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Width and height in pixels, from the header alone.</summary>
    /// <param name="file">The encoded bytes.</param>
    /// <param name="where">Where they came from, for messages.</param>
    /// <exception cref="UsageException">As <see cref="Decode"/>, as far as the header shows it.</exception>
    public static (int Width, int Height) DecodeSize(ReadOnlySpan<byte> file, string where)
    {
        if (ImageFormats.Of(file) is not { } format)
            throw Unknown(file, where);
        try
        {
            var (width, height) = format switch
            {
                ImageFormat.Jpeg => JpegDecoder.Size(file),
                ImageFormat.Png => PngSize(file),
                _ => WebPDecoder.Size(file),
            };
            return Allowed(width, height, where);
        }
        catch (Exception e) when (Explained(e, where) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Encodes as PNG, without loss; the same pixels give the same bytes.</summary>
    public static byte[] EncodePng(RgbImage image) => PngEncoder.Encode(image);

    private static (int Width, int Height) PngSize(ReadOnlySpan<byte> file) =>
        ImageFormats.PngSize(file) is ( <= int.MaxValue, <= int.MaxValue) and var (width, height)
            ? ((int)width, (int)height)
            : throw new UnreadableImageException("the PNG header is damaged");

    private static (int Width, int Height) Allowed(int width, int height, string where)
    {
        if (width < 1 || height < 1)
            throw new UnreadableImageException($"a size of {width} x {height}");
        if ((long)width * height > MostPixels)
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture,
                    $"the image has {width} x {height} pixels; at most {MostPixels} are decoded"),
                where, "the image at a smaller size");
        return (width, height);
    }

    private static UsageException Unknown(ReadOnlySpan<byte> file, string where) => new(
        file.IsEmpty
            ? "the image is empty"
            : "the image is no JPEG, PNG or WebP file; it begins with "
                + Convert.ToHexString(file[..Math.Min(8, file.Length)]),
        where, "the image as a JPEG, PNG or WebP file");

    private static UsageException? Explained(Exception e, string where) => e switch
    {
        UnreadableImageException => new UsageException(
            $"the image cannot be decoded: {e.Message}", where, "the whole file again, or the record without it"),
        DllNotFoundException or EntryPointNotFoundException => new UsageException(
            $"a library that decodes images is missing: {e.Message.Split('\n')[0]}", where,
            "./vlm setup, or: apt install libturbojpeg0 libpng16-16 libwebp7"),
        _ => null,
    };
}
