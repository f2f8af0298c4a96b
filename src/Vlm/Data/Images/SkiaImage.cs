using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Vlm.Images;

/// <summary>
/// JPEG, PNG, WebP, GIF and BMP through Skia, which gives Pillow's pixels: values as they stand in the file, whatever
/// its colour profile says, 16 bits cut to their upper 8, of an animation the first image.
/// </summary>
internal sealed unsafe class SkiaImage : EncodedImage
{
    private readonly byte* _file;
    private readonly int _length;
    private readonly ImageFormat _format;
    private readonly SKData _data;
    private readonly SKCodec _codec;
    private readonly SKImageInfo _info;

    /// <summary>Reads the header.</summary>
    /// <param name="file">The file, which stays where it is until this is disposed.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="format">What its first bytes say.</param>
    /// <exception cref="UnreadableImageException">The header is damaged.</exception>
    public SkiaImage(byte* file, int length, ImageFormat format)
    {
        _file = file;
        (_length, _format) = (length, format);
        Check(File, format);
        _data = SKData.Create((nint)file, length);
        _codec = Open(_data);
        // Without a colour space values are not converted.
        _info = new SKImageInfo(_codec.Info.Width, _codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
    }

    public override int Width => _info.Width;

    public override int Height => _info.Height;

    // Skia passes over the EXIF data of a PNG file.
    public override Orientation Orientation => _format == ImageFormat.Png
        ? Exif.Orientation(PngChunks.Find(File, "eXIf"u8))
        : (Orientation)_codec.EncodedOrigin;

    private ReadOnlySpan<byte> File => new(_file, _length);

    private bool Opaque => _codec.Info.AlphaType == SKAlphaType.Opaque;

    public override void Decode(RgbCanvas to)
    {
        if (_format == ImageFormat.Jpeg)
        {
            JpegScans.Check(File);
            Rows(to);
        }
        else
        {
            Whole(to);
        }
    }

    public override void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
    }

    // What Skia passes over: the end of a WebP file, where EXIF data lies. RIFF has the length of all behind 8 bytes.
    private static void Check(ReadOnlySpan<byte> file, ImageFormat format)
    {
        if (format == ImageFormat.WebP && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) > file.Length - 8)
            throw new UnreadableImageException(UnreadableImageException.CutShort);
        if (format == ImageFormat.Bmp)
            BmpMasks.Check(file);
    }

    private static SKCodec Open(SKData data)
    {
        var stream = new SKMemoryStream(data);
        SKCodec? codec = SKCodec.Create(stream, out SKCodecResult result);
        if (codec is not null)
            return codec;
        data.Dispose();
        throw Unreadable(result);
    }

    private void Rows(RgbCanvas to)
    {
        Check(_codec.StartScanlineDecode(_info));
        var band = new byte[Math.Min(Height, RgbCanvas.Band) * _info.RowBytes];
        fixed (byte* pixels = band)
            for (int y = 0; y < Height; y += RgbCanvas.Band)
            {
                int rows = Math.Min(RgbCanvas.Band, Height - y);
                if (_codec.GetScanlines((nint)pixels, rows, _info.RowBytes) != rows)
                    throw new UnreadableImageException(UnreadableImageException.Damaged);
                to.Rows(y, band.AsSpan(0, rows * _info.RowBytes), opaque: true);
            }
    }

    private void Whole(RgbCanvas to)
    {
        var pixels = (byte*)NativeMemory.Alloc((nuint)_info.BytesSize64);
        try
        {
            Check(_codec.GetPixels(_info, (nint)pixels));
            bool filled = _format == ImageFormat.Gif && GifFrame.First(File) is { } frame
                && frame.FillAround(new Span<byte>(pixels, _info.BytesSize), Width, Height);
            to.All(pixels, Opaque && !filled);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    private static void Check(SKCodecResult result)
    {
        if (result != SKCodecResult.Success)
            throw Unreadable(result);
    }

    private static UnreadableImageException Unreadable(SKCodecResult result) => new(result switch
    {
        SKCodecResult.IncompleteInput => "the file is cut short or damaged",
        SKCodecResult.InvalidInput or SKCodecResult.ErrorInInput => UnreadableImageException.Damaged,
        _ => $"its kind is not decoded ({result})",
    });
}
