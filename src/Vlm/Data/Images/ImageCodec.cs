using System.Globalization;

namespace Vlm.Images;

/// <summary>
/// Encoded images to RGB and back. The pixels are those the Python stack trains on, Pillow's: the first image of an
/// animation or of a file with pages, turned upright as its EXIF data says, on white where it is transparent
/// (<see cref="DecodeOptions"/>), grey replicated, colour profiles ignored. Grey of 16 bits is cut to its upper 8; Pillow
/// shows it as nearly white.
/// </summary>
/// <remarks>Safe to use from several threads.</remarks>
public static class ImageCodec
{
    /// <summary>What is read, in words.</summary>
    internal const string Kinds = "JPEG, PNG, WebP, GIF, BMP or TIFF";

    /// <summary>Decodes a JPEG, PNG, WebP, GIF, BMP, TIFF, TGA or binary PNM file.</summary>
    /// <param name="file">The encoded bytes. They alone tell the format.</param>
    /// <param name="where">Where they came from, for messages: a path, or a record's id.</param>
    /// <param name="options">By default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">
    /// The bytes are no such file, are damaged or cut short, or claim too many pixels.
    /// </exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string where, DecodeOptions? options = null)
    {
        options ??= DecodeOptions.Default;
        return Read(file, where, options, image =>
        {
            var canvas = new RgbCanvas(image.Width, image.Height, image.Orientation, options.Background);
            image.Decode(canvas);
            return canvas.Image;
        });
    }

    /// <summary>Width and height in pixels of the upright image, from the header alone: what boxes refer to.</summary>
    /// <param name="file">The encoded bytes.</param>
    /// <param name="where">Where they came from, for messages.</param>
    /// <param name="options">By default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">As <see cref="Decode"/>, as far as the header shows it.</exception>
    public static (int Width, int Height) DecodeSize(
        ReadOnlySpan<byte> file, string where, DecodeOptions? options = null) =>
        Read(file, where, options ?? DecodeOptions.Default, image =>
        {
            Placement placement = Placement.Of(image.Width, image.Height, image.Orientation);
            return (placement.Width, placement.Height);
        });

    /// <summary>Encodes as PNG, without loss; the same pixels give the same bytes.</summary>
    public static byte[] EncodePng(RgbImage image) => PngEncoder.Encode(image);

    /// <summary>Encodes as JPEG, for people to look at.</summary>
    /// <param name="image">The image.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(RgbImage image, int quality) => JpegEncoder.Encode(image, quality);

    private static unsafe T Read<T>(
        ReadOnlySpan<byte> file, string where, DecodeOptions options, Func<EncodedImage, T> read)
    {
        if (ImageFormats.Of(file) is not { } format)
            throw Unknown(file, where);
        try
        {
            fixed (byte* data = file)
            {
                using EncodedImage image = Open(data, file.Length, format);
                CheckSize(image.Width, image.Height, where, options);
                return read(image);
            }
        }
        catch (UnreadableImageException e)
        {
            throw new UsageException($"the {Named(format)} image cannot be decoded: {e.Message}", where,
                "the whole file again, or the record without it");
        }
        catch (Exception e) when (e is DllNotFoundException || e.InnerException is DllNotFoundException)
        {
            throw new UsageException("the library that decodes images, libSkiaSharp, is not beside the program", where,
                "dotnet build, which copies it there");
        }
    }

    private static unsafe EncodedImage Open(byte* data, int length, ImageFormat format) => format switch
    {
        ImageFormat.Tiff => new TiffImage(data, length, TiffHeader.Read(new(data, length))),
        ImageFormat.Pnm => new SharpImage(data, length, RawHeader.Pnm(new(data, length))!),
        ImageFormat.Tga => new SharpImage(data, length, RawHeader.Tga(new(data, length))!),
        _ => new SkiaImage(data, length, format),
    };

    private static void CheckSize(int width, int height, string where, DecodeOptions options)
    {
        if (width < 1 || height < 1)
            throw new UnreadableImageException($"a size of {width} x {height}");
        if ((long)width * height > options.MaxPixels)
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture,
                    $"the image has {width} x {height} pixels; at most {options.MaxPixels} are decoded"),
                where, "the image at a smaller size");
    }

    private static UsageException Unknown(ReadOnlySpan<byte> file, string where)
    {
        if (file.IsEmpty)
            return new UsageException("the image is empty", where, $"the image as a {Kinds} file");
        return OtherFormat.Of(file) is { } other
            ? new UsageException($"the image is {other.Name}; {Kinds} files are read", where, other.Fix)
            : new UsageException(
                $"the image is no {Kinds} file; it begins with {Convert.ToHexString(file[..Math.Min(8, file.Length)])}",
                where, $"the image as a {Kinds} file");
    }

    private static string Named(ImageFormat format) =>
        format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();
}
