using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Vlm.Images;

/// <summary>
/// JPEG through libjpeg-turbo's TurboJPEG C API, with the choices Pillow makes: the accurate inverse transform and
/// smooth chroma upsampling.
/// </summary>
internal static unsafe partial class JpegDecoder
{
    private const string Library = "libturbojpeg.so.0";
    private const int FormatRgb = 0, FormatCmyk = 11;
    private const int SpaceCmyk = 3, SpaceYcck = 4;
    private const int AccurateTransform = 4096;
    private const int Fatal = 1;
    private const int FewScans = 32768;
    private const byte StartOfScan = 0xDA;
    private const string CutShort = "Premature end of JPEG file";
    private const StringComparison Ordinal = StringComparison.Ordinal;

    // jerror.h's warnings but that of missing data: common in good files, such as stray bytes between markers, or spots
    // of damage that Pillow shows as grey or as noise.
    private static readonly string[] s_warnings =
    [
        "Corrupt JPEG data: ", "Inconsistent progression sequence", "Invalid SOS parameters for sequential JPEG",
        "Unknown Adobe color transform code", "Warning: ",
    ];

    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    /// <summary>Width and height from the header.</summary>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        using var session = new Session();
        var (width, height, _) = session.Header(file);
        return (width, height);
    }

    /// <summary>The pixels: red, green, blue.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> file)
    {
        if (!HasEnd(file))
            throw new UnreadableImageException(CutShort);
        using var session = new Session();
        var (width, height, space) = session.Header(file);
        if (space is SpaceCmyk or SpaceYcck)
            return FromInvertedCmyk(session.Pixels(file, width, height, FormatCmyk, bytes: 4));
        return session.Pixels(file, width, height, FormatRgb, bytes: 3);
    }

    // libjpeg fills what is missing with grey, and tells only of the first thing that is wrong. So: is there an end of
    // image after the first scan begins? In a scan's data 0xFF is always followed by 0 or a restart marker.
    private static bool HasEnd(ReadOnlySpan<byte> file)
    {
        for (int at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xFF || file[at + 1] is 0 or 0xFF)
                at++;
            else if (file[at + 1] == StartOfScan)
                return file[at..].IndexOf(EndOfImage) >= 0;
            else
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return true;
    }

    // Files hold inks inverted, as Adobe writes them: 255 is no ink. So red = (255 - cyan) (255 - black) / 255 with
    // Pillow's rounding, which subtracts the rounded product of cyan.
    private static byte[] FromInvertedCmyk(byte[] inks)
    {
        var pixels = new byte[inks.Length / 4 * 3];
        for (int from = 0, to = 0; from < inks.Length; from += 4, to += 3)
        {
            int white = inks[from + 3];
            for (int i = 0; i < 3; i++)
                pixels[to + i] = (byte)Math.Clamp(white - TimesOver255(255 - inks[from + i], white), 0, 255);
        }

        return pixels;
    }

    private static int TimesOver255(int a, int b)
    {
        int product = (a * b) + 128;
        return ((product >> 8) + product) >> 8;
    }

    private sealed class Session : IDisposable
    {
        private readonly nint _handle = Open();

        private static nint Open()
        {
            nint handle = tjInitDecompress();
            return handle != 0 ? handle : throw new InvalidOperationException("no memory for a JPEG decoder");
        }

        public (int Width, int Height, int Space) Header(ReadOnlySpan<byte> file)
        {
            int width, height, sampling, space;
            fixed (byte* data = file)
                Check(tjDecompressHeader3(_handle, data, (nuint)file.Length, &width, &height, &sampling, &space));
            return (width, height, space);
        }

        public byte[] Pixels(ReadOnlySpan<byte> file, int width, int height, int format, int bytes)
        {
            var pixels = new byte[(long)width * height * bytes];
            fixed (byte* data = file)
            fixed (byte* target = pixels)
                Check(tjDecompress2(_handle, data, (nuint)file.Length, target, width, width * bytes, height, format,
                    AccurateTransform | FewScans));
            return pixels;
        }

        // A warning hides a fatal error that follows it: the code stays that of a warning, and only the text tells.
        private void Check(int status)
        {
            if (status == 0)
                return;
            string message = Marshal.PtrToStringUTF8(tjGetErrorStr2(_handle)) ?? "unknown error";
            if (tjGetErrorCode(_handle) == Fatal || !s_warnings.Any(warning => message.StartsWith(warning, Ordinal)))
                throw new UnreadableImageException(message);
        }

        public void Dispose() => _ = tjDestroy(_handle);
    }

    [LibraryImport(Library)]
    private static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint handle);

    [LibraryImport(Library)]
    private static partial int tjDecompressHeader3(
        nint handle, byte* file, nuint length, int* width, int* height, int* sampling, int* space);

    [LibraryImport(Library)]
    private static partial int tjDecompress2(
        nint handle, byte* file, nuint length, byte* pixels, int width, int stride, int height, int format, int flags);

    [LibraryImport(Library)]
    private static partial nint tjGetErrorStr2(nint handle);

    [LibraryImport(Library)]
    private static partial int tjGetErrorCode(nint handle);
}
