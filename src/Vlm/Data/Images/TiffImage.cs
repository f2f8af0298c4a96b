using BitMiracle.LibTiff.Classic;

namespace Vlm.Images;

/// <summary>
/// The first page of a TIFF file through LibTiff.NET, in Pillow's pixels: up to 16 bits, grey, palette, RGB, CMYK, YCbCr;
/// stored plainly or by LZW, deflate, PackBits, JPEG, CCITT; in strips or tiles. The one difference is JPEG with fewer
/// colours than pixels (4:2:0): up to 30 at the edges of colours.
/// </summary>
/// <param name="file">The file, which stays where it is until this is disposed.</param>
/// <param name="length">Its bytes.</param>
/// <param name="header">What its first directory says.</param>
internal sealed unsafe class TiffImage(byte* file, int length, TiffHeader header) : EncodedImage
{
    static TiffImage() => Tiff.SetErrorHandler(new Quiet());

    public override int Width => header.Width;

    public override int Height => header.Height;

    public override Orientation Orientation => header.Orientation;

    public override void Decode(RgbCanvas to)
    {
        var pixels = new int[Width * Height];
        bool opaque = ManagedDecoder.Run(() => Decode(pixels));
        fixed (int* rgba = pixels)
            to.All((byte*)rgba, opaque);
    }

    public override void Dispose()
    {
    }

    private bool Decode(int[] pixels)
    {
        using Tiff? tiff = Tiff.ClientOpen("", "r", new UnmanagedMemoryStream(file, length), new TiffStream());
        if (tiff is null || (Number(tiff, TiffTag.IMAGEWIDTH, 0), Number(tiff, TiffTag.IMAGELENGTH, 0)) != (Width, Height))
            throw new UnreadableImageException(UnreadableImageException.Damaged);
        CheckStrips(tiff);
        bool opaque = PrepareAlpha(tiff);
        // Asked for the orientation that the file has, it leaves the pixels where they are.
        var lie = (BitMiracle.LibTiff.Classic.Orientation)Number(tiff, TiffTag.ORIENTATION, 1);
        return tiff.ReadRGBAImageOriented(Width, Height, pixels, lie, stopOnError: true)
            ? opaque
            : throw new UnreadableImageException(Quiet.Last ?? UnreadableImageException.Damaged);
    }

    // LibTiff multiplies colours by alpha unless they already are: they are called so, and stay as they stand.
    private static bool PrepareAlpha(Tiff tiff)
    {
        if (tiff.GetField(TiffTag.EXTRASAMPLES) is not [var count, var kinds] || count.ToInt() == 0)
            return true;
        if (Number(tiff, TiffTag.PHOTOMETRIC, 0) is (int)Photometric.MINISBLACK or (int)Photometric.MINISWHITE)
            throw new UnreadableImageException("grey with alpha is not decoded");
        if (kinds.ToShortArray() is [(short)ExtraSample.UNASSALPHA])
            tiff.SetField(TiffTag.EXTRASAMPLES, 1, new short[] { (short)ExtraSample.ASSOCALPHA });
        return false;
    }

    // LibTiff decodes what is there of a strip, and gives it whatever memory the directory claims for it.
    private void CheckStrips(Tiff tiff)
    {
        bool tiled = tiff.IsTiled();
        long most = 16 * (((long)Width * Height) + (1 << 20)), size = tiled ? tiff.TileSize() : tiff.StripSize();
        if (size <= 0 || size > most)
            throw new UnreadableImageException("its strips are larger than the image");
        long[]? starts = Numbers(tiff, tiled ? TiffTag.TILEOFFSETS : TiffTag.STRIPOFFSETS);
        long[]? sizes = Numbers(tiff, tiled ? TiffTag.TILEBYTECOUNTS : TiffTag.STRIPBYTECOUNTS);
        if (starts is null || sizes is null || starts.Zip(sizes).Any(part => part.First + part.Second > length))
            throw new UnreadableImageException(UnreadableImageException.CutShort);
    }

    private static int Number(Tiff tiff, TiffTag tag, int absent) =>
        tiff.GetField(tag) is [var value, ..] ? value.ToInt() : absent;

    private static long[]? Numbers(Tiff tiff, TiffTag tag) => tiff.GetField(tag)?[0].TolongArray();

    /// <summary>Without a handler the library writes to the console; one serves all files, on all threads.</summary>
    private sealed class Quiet : TiffErrorHandler
    {
        [ThreadStatic]
        private static string? s_last;

        public static string? Last => s_last;

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) =>
            s_last = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }
    }
}
