using System.Buffers.Binary;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Files that are no images, or none that is read.</summary>
public class RefusedImageTests
{
    private const string Kinds = "JPEG, PNG, WebP, GIF, BMP or TIFF";

    [Theory]
    [InlineData("00010203040506070809", $"the image is no {Kinds} file; it begins with 0001020304050607")]
    [InlineData("474946", $"the image is no {Kinds} file; it begins with 474946")]
    [InlineData("", "the image is empty")]
    public void Another_format_is_refused_with_its_first_bytes(string hex, string message)
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(Convert.FromHexString(hex), "row 3"));

        Assert.Equal($"error: {message}\n   at: row 3\n  try: the image as a {Kinds} file", error.Render());
    }

    // "cat on a mat": 63 61 74 20 6F 6E 20 61. Signatures of two letters are not enough: BMW is no BMP, and P5 is a word.
    [Theory]
    [InlineData("cat on a mat", "636174206F6E2061")]
    [InlineData("BMW 320d, first registered in 1998, one owner", "424D572033323064")]
    [InlineData("P5 is the fifth of the pins that the board has", "5035206973207468")]
    [InlineData("P6 20 is where they met, and went on to P7", "5036203230206973")]
    [InlineData("II* is not a TIFF", "49492A206973206E")]
    public void A_text_named_as_an_image_is_no_image(string text, string start)
    {
        var error = Assert.Throws<UsageException>(
            () => ImageCodec.Decode(System.Text.Encoding.ASCII.GetBytes(text), "cat.png"));

        Assert.Equal(
            $"""
            error: the image is no {Kinds} file; it begins with {start}
               at: cat.png
              try: the image as a {Kinds} file
            """, error.Render());
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing", "rsvg-convert drawing.svg -o drawing.png")]
    [InlineData("\uFEFF<?xml version='1.0'?>\n<svg/>", "an SVG drawing", "rsvg-convert drawing.svg -o drawing.png")]
    [InlineData("<!DOCTYPE html><html></html>", "a web page and not the image", "the image itself, fetched anew")]
    [InlineData("%PDF-1.7 ", "a PDF document", "pdftoppm -png -r 150 document.pdf page")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0", "a HEIC image", "heif-convert image.heic image.jpg")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0", "a HEIC image", "heif-convert image.heic image.jpg")]
    [InlineData("\0\0\0\u001Cftypavif\0\0\0\0", "an AVIF image", "avifdec image.avif image.png")]
    [InlineData("\0\0\0\u0018ftypisom\0\0\0\0", "a video", "ffmpeg -i video.mp4 -vf fps=1 frame%d.png")]
    [InlineData("\0\0\u0001\0\u0001\0\u0010\u0010\0\0\u0001\0\u0020\0\0\0\0\0\0\0", "an ICO icon", "magick icon.ico icon.png")]
    [InlineData("8BPS\0\u0001", "a Photoshop file", "magick 'image.psd[0]' image.png")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer and not the file", "git lfs pull")]
    [InlineData("iVBORw0KGgoAAAANSUhEUg", "base64 text", "the bytes that the text stands for: base64 -d")]
    [InlineData("data:image/png;base64,iVBOR", "base64 text", "the bytes that the text stands for: base64 -d")]
    [InlineData("P2\n2 1\n255\n0 1\n", "a PNM image of digits", "magick image.pnm image.png")]
    [InlineData("PK\u0003\u0004", "a zip archive", "the images in it: unzip")]
    public void What_is_known_is_named_with_a_way_to_make_an_image_of_it(string text, string name, string fix)
    {
        byte[] file = text.StartsWith('\uFEFF')
            ? System.Text.Encoding.UTF8.GetBytes(text) : System.Text.Encoding.Latin1.GetBytes(text);

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "row 3"));

        Assert.Equal(
            $"error: the image is {name}; {Kinds} files are read\n   at: row 3\n  try: {fix}", error.Render());
        Assert.Equal(error.Render(), Assert.Throws<UsageException>(() => ImageCodec.DecodeSize(file, "row 3")).Render());
    }

    // Pillow's warning: 89,478,485 = 145 x 617,093. One row more is too many.
    [Fact]
    public void The_limit_itself_is_allowed()
    {
        Assert.Equal((145, 617_093), ImageCodec.DecodeSize(Header(145, 617_093), "x"));
        Assert.Equal(
            "the image has 145 x 617094 pixels; at most 89478485 are decoded",
            Assert.Throws<UsageException>(() => ImageCodec.DecodeSize(Header(145, 617_094), "x")).Message);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(7, 0)]
    [InlineData(0, 0)]
    [InlineData(-1, 7)]
    public void A_png_without_area_is_refused(int width, int height)
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(Header(width, height), "row 3"));

        Assert.Equal(
            "error: the PNG image cannot be decoded: the file is cut short or damaged\n   at: row 3\n"
            + "  try: the whole file again, or the record without it", error.Render());
    }

    [Fact]
    public void Other_files_without_area_are_refused()
    {
        byte[] jpeg = ImageFixtures.Bytes("jpeg-2x2.jpg"), webp = ImageFixtures.Bytes("webp-80.webp");
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]) + 7), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(webp.AsSpan(26), 0);
        byte[] tiff = [.. "II*\0"u8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        foreach (byte[] file in (byte[][])[jpeg, webp, tiff, Encoded.Bmp(0, 5, 24, []), Encoded.Bmp(5, 0, 24, [])])
            Assert.Contains(
                " image cannot be decoded: ", Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x")).Message,
                StringComparison.Ordinal);
    }

    // Bits 1 and 3 of a colour, 0b1010: Skia would read on and write a warning to standard error.
    [Fact]
    public void A_bmp_whose_colours_have_gaps_is_refused()
    {
        byte[] masks = [.. Encoded.Little(0b1010), .. Encoded.Little(0xF0), .. Encoded.Little(0xF00)];
        Assert.Equal(
            "the BMP image cannot be decoded: the bits of its colours do not lie side by side",
            Assert.Throws<UsageException>(() => ImageCodec.Decode(Bmp(masks), "x")).Message);
        masks[0] = 0b1110;
        Assert.Equal(3, ImageCodec.Decode(Bmp(masks), "x").Pixels.Length);

        static byte[] Bmp(byte[] fields) => Encoded.Bmp(1, 1, 16, new byte[8], compression: 3, colours: fields);
    }

    // The size stands behind the signature and the first chunk's length and name, and the chunk's sum behind its 13 bytes.
    private static byte[] Header(int width, int height)
    {
        byte[] file = Encoded.Png(1, 1, 8, 0, [0]);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Encoded.Crc(file.AsSpan(12, 17)));
        return file;
    }
}
