using System.Security.Cryptography;
using Vlm.Images;

namespace Vlm;

/// <summary>
/// Where the image of an example comes from. Pixels are made each time they are asked for, so ten thousand examples hold
/// encoded files, or paths, and no pixels. Safe to use from several threads.
/// </summary>
public abstract record ImageSource
{
    /// <summary>The longest file that is read as an image: 256 MiB.</summary>
    public const long MostBytes = 1 << 28;

    private const int HeaderBytes = 1 << 16;

    private ImageSource()
    {
    }

    /// <summary>An encoded file: JPEG, PNG, WebP, GIF, BMP, TIFF, TGA or binary PNM.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="origin">Where they came from, for messages: a file and a record; null where only the asker knows.</param>
    public static ImageSource FromBytes(byte[] encoded, string? origin = null) => new Bytes(encoded, origin);

    /// <summary>A file, read each time the image is needed.</summary>
    public static ImageSource FromFile(string path) => new Path(path);

    /// <summary>An encoded file that lies in a file of many, read each time the image is needed.</summary>
    internal static ImageSource FromBlob(BlobFile file, long start, int length, string? origin) =>
        new Blob(file, start, length, origin);

    /// <summary>A decoded image.</summary>
    public static ImageSource FromImage(RgbImage image) => new Decoded(new Lazy<RgbImage>(image));

    /// <summary>An image that is drawn once it is first needed, and never where only the words of its example are.</summary>
    /// <param name="draw">Called once at most.</param>
    public static ImageSource FromDrawing(Func<RgbImage> draw) => new Decoded(new Lazy<RgbImage>(draw));

    /// <summary>A part of another image, cut out each time it is needed.</summary>
    /// <param name="whole">The other image.</param>
    /// <param name="left">First column, from 0.</param>
    /// <param name="top">First row, from 0.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static ImageSource FromPart(ImageSource whole, int left, int top, int width, int height) =>
        new Cut(whole, left, top, width, height);

    /// <summary>An encoded file: JPEG, PNG, WebP, GIF, BMP, TIFF, TGA or binary PNM.</summary>
    public static implicit operator ImageSource(byte[] encoded) => FromBytes(encoded);

    /// <summary>A file, read each time the image is needed.</summary>
    public static implicit operator ImageSource(string path) => FromFile(path);

    /// <summary>A decoded image.</summary>
    public static implicit operator ImageSource(RgbImage image) => FromImage(image);

    /// <summary>The upright image.</summary>
    /// <param name="where">Where it belongs, for messages: a record's id.</param>
    /// <param name="options">By default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">There is no such file, or it is no image.</exception>
    public abstract RgbImage Decode(string where, DecodeOptions? options = null);

    /// <summary>Width and height in pixels of the upright image, from its header alone.</summary>
    /// <inheritdoc cref="Decode"/>
    public abstract (int Width, int Height) Size(string where, DecodeOptions? options = null);

    /// <summary>The encoded file; a decoded image as PNG.</summary>
    /// <inheritdoc cref="Decode"/>
    public abstract byte[] Encoded(string where);

    /// <summary>Refuses a file that was cut short, which its header does not show.</summary>
    /// <inheritdoc cref="Decode"/>
    internal virtual void RequireWhole(string where)
    {
        byte[] file = Encoded(where);
        if (!ImageEnd.IsThere(file, file.AsSpan(Math.Max(0, file.Length - ImageEnd.Bytes)), file.Length))
            Decode(where, null);
    }

    /// <summary>Tells it from other images: a digest of its bytes, or its path, which costs no reading.</summary>
    internal virtual string Identity(string where) => Convert.ToHexString(SHA256.HashData(Encoded(where)));

    private sealed record Bytes(byte[] File, string? Origin) : ImageSource
    {
        public override RgbImage Decode(string where, DecodeOptions? options) => ImageCodec.Decode(File, Origin ?? where, options);

        public override (int Width, int Height) Size(string where, DecodeOptions? options) =>
            ImageCodec.DecodeSize(File, Origin ?? where, options);

        public override byte[] Encoded(string where) => File;
    }

    private sealed record Blob(BlobFile File, long Start, int Length, string? Origin) : ImageSource
    {
        public override RgbImage Decode(string where, DecodeOptions? options) =>
            ImageCodec.Decode(Encoded(where), Origin ?? where, options);

        public override (int Width, int Height) Size(string where, DecodeOptions? options) =>
            ImageCodec.DecodeSize(Encoded(where), Origin ?? where, options);

        public override byte[] Encoded(string where) => File.Read(Start, Length);
    }

    private sealed record Cut(ImageSource Whole, int Left, int Top, int Columns, int Rows) : ImageSource
    {
        public override RgbImage Decode(string where, DecodeOptions? options) =>
            Whole.Decode(where, options).Crop(Left, Top, Columns, Rows);

        public override (int Width, int Height) Size(string where, DecodeOptions? options) => (Columns, Rows);

        public override byte[] Encoded(string where) => ImageCodec.EncodePng(Decode(where, null));
    }

    private sealed record Decoded(Lazy<RgbImage> Image) : ImageSource
    {
        public override RgbImage Decode(string where, DecodeOptions? options) => Image.Value;

        public override (int Width, int Height) Size(string where, DecodeOptions? options) =>
            (Image.Value.Width, Image.Value.Height);

        public override byte[] Encoded(string where) => ImageCodec.EncodePng(Image.Value);
    }

    private sealed record Path(string Name) : ImageSource
    {
        internal override string Identity(string where) => Name;

        public override RgbImage Decode(string where, DecodeOptions? options) =>
            ImageCodec.Decode(Encoded(where), $"{where}, {Name}", options);

        // Most headers lie at the start: the rest of a photograph need not be read to know its size.
        public override (int Width, int Height) Size(string where, DecodeOptions? options)
        {
            byte[] start = Read(where, () => RegularFile.ReadStart(Name, HeaderBytes, MostBytes));
            try
            {
                return ImageCodec.DecodeSize(start, $"{where}, {Name}", options);
            }
            catch (UsageException) when (start.Length == HeaderBytes)
            {
                return ImageCodec.DecodeSize(Encoded(where), $"{where}, {Name}", options);
            }
        }

        public override byte[] Encoded(string where) => Read(where, () => RegularFile.ReadAllBytes(Name, MostBytes));

        internal override void RequireWhole(string where)
        {
            (byte[] start, byte[] end, long length) =
                Read(where, () => RegularFile.ReadEnds(Name, ImageEnd.StartBytes, ImageEnd.Bytes, MostBytes));
            if (!ImageEnd.IsThere(start, end, length))
                Decode(where, null);
        }

        private T Read<T>(string where, Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new UsageException($"the image {Name} cannot be read: {error.Message}", where,
                    "the path of a JPEG, PNG, WebP, GIF, BMP or TIFF file");
            }
        }
    }
}
