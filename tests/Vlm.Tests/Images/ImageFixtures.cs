using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>The images of <c>tests/fixtures/images</c>.</summary>
internal static class ImageFixtures
{
    /// <summary>How many there are, so that a test knows that it saw them all.</summary>
    public const int Count = 180;

    /// <summary>The whole images of their kinds, by name.</summary>
    public static IEnumerable<string> Names => Directory.GetFiles(PathOf(""))
        .Select(path => Path.GetFileName(path)!)
        .Where(name => Path.GetExtension(name) is not (".py" or ".json" or ".md"))
        .Order(StringComparer.Ordinal);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public static RgbImage Decode(string name, Background background = Background.White) =>
        ImageCodec.Decode(Bytes(name), name, new DecodeOptions { Background = background });

    public static string Hash(RgbImage image) => Convert.ToHexStringLower(SHA256.HashData(image.Pixels));

    /// <summary>Red, green and blue of a pixel.</summary>
    public static (byte Red, byte Green, byte Blue) Pixel(this RgbImage image, int x, int y)
    {
        int at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }

    public static string PathOf(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "fixtures", "images", name);
}
