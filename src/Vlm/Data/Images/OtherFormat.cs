namespace Vlm.Images;

/// <summary>What lies in datasets in place of images that are read, with a way to make such images of it.</summary>
/// <param name="Name">As in "the image is Name".</param>
/// <param name="Fix">What can be typed.</param>
internal sealed record OtherFormat(string Name, string Fix)
{
    private const int Head = 1024;
    private const string Base64 = "base64 text", Decoded = "the bytes that the text stands for: base64 -d";
    private const string Plain = "a PNM image of digits", Magick = "magick image.pnm image.png";

    private static readonly (byte[] Start, OtherFormat Format)[] s_starts =
    [
        ([.. "%PDF-"u8], new("a PDF document", "pdftoppm -png -r 150 document.pdf page")),
        ([.. "%!PS"u8], new("a PostScript document", "gs -sDEVICE=png16m -r150 -o page%d.png document.ps")),
        ([0, 0, 1, 0], new("an ICO icon", "magick icon.ico icon.png")),
        ([.. "8BPS"u8], new("a Photoshop file", "magick 'image.psd[0]' image.png")),
        ([0xFF, 0x0A], new("a JPEG XL image", "djxl image.jxl image.png")),
        ([0, 0, 0, 12, .. "JXL "u8], new("a JPEG XL image", "djxl image.jxl image.png")),
        ([0, 0, 0, 12, .. "jP  "u8], new("a JPEG 2000 image", "opj_decompress -i image.jp2 -o image.png")),
        ([0xFF, 0x4F, 0xFF, 0x51], new("a JPEG 2000 image", "opj_decompress -i image.j2k -o image.png")),
        ([0x76, 0x2F, 0x31, 0x01], new("an OpenEXR image", "magick image.exr image.png")),
        ([.. "PK\u0003\u0004"u8], new("a zip archive", "the images in it: unzip")),
        ([0x1F, 0x8B], new("a gzip archive", "the images in it: tar xzf, or gunzip")),
        ([.. "version https://git-lfs"u8], new("a Git LFS pointer and not the file", "git lfs pull")),
        ([.. "P1\n"u8], new(Plain, Magick)),
        ([.. "P2\n"u8], new(Plain, Magick)),
        ([.. "P3\n"u8], new(Plain, Magick)),
        ([.. "iVBORw0KGgo"u8], new(Base64, Decoded)),
        ([.. "/9j/"u8], new(Base64, Decoded)),
        ([.. "R0lGOD"u8], new(Base64, Decoded)),
        ([.. "UklGR"u8], new(Base64, Decoded)),
        ([.. "data:image/"u8], new(Base64, Decoded)),
    ];

    // ISO/IEC 14496-12: a first box of type ftyp, and in it the brand.
    private static readonly (string Brands, OtherFormat Format)[] s_brands =
    [
        ("avif avis", new("an AVIF image", "avifdec image.avif image.png")),
        ("heic heix heim heis hevc hevx mif1 msf1", new("a HEIC image", "heif-convert image.heic image.jpg")),
        ("", new("a video", "ffmpeg -i video.mp4 -vf fps=1 frame%d.png")),
    ];

    private static readonly (byte[] Word, OtherFormat Format)[] s_markup =
    [
        ([.. "<svg"u8], new("an SVG drawing", "rsvg-convert drawing.svg -o drawing.png")),
        ([.. "<html"u8], new("a web page and not the image", "the image itself, fetched anew")),
    ];

    /// <summary>What a file is, where its first bytes show it.</summary>
    public static OtherFormat? Of(ReadOnlySpan<byte> file)
    {
        foreach ((byte[] start, OtherFormat format) in s_starts)
            if (file.StartsWith(start))
                return format;
        return file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8) ? OfBrand(file[8..12]) : OfMarkup(file);
    }

    private static OtherFormat OfBrand(ReadOnlySpan<byte> brand)
    {
        string word = System.Text.Encoding.Latin1.GetString(brand);
        return s_brands.First(family => family.Brands.Length == 0 || family.Brands.Contains(word, StringComparison.Ordinal))
            .Format;
    }

    private static OtherFormat? OfMarkup(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> text = file.TrimStart("\uFEFF \t\r\n"u8);
        if (text is not [(byte)'<', ..])
            return null;
        foreach ((byte[] word, OtherFormat format) in s_markup)
            if (text[..Math.Min(Head, text.Length)].IndexOf(word) >= 0)
                return format;
        return null;
    }
}
