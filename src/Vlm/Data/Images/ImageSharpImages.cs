using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Vlm.Images;

/// <summary>Between this library's images and ImageSharp's, which .NET programs draw on, crop and load.</summary>
public static class ImageSharpImages
{
    /// <summary>A copy of the pixels as they stand: ImageSharp turns them upright when asked to (AutoOrient).</summary>
    /// <param name="image">Of an animation the first frame is taken.</param>
    public static RgbImage ToRgbImage(this Image<Rgb24> image)
    {
        var pixels = new byte[(long)image.Width * image.Height * 3];
        image.Frames.RootFrame.CopyPixelDataTo(pixels);
        return new RgbImage(image.Width, image.Height, pixels);
    }

    /// <summary>A copy as an image of ImageSharp, which the caller disposes of.</summary>
    public static Image<Rgb24> ToImageSharp(this RgbImage image) =>
        Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
}
