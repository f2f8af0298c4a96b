using Vlm.Images;

namespace Vlm.Tests.Images;

public class ImageSourceTests
{
    private static readonly RgbImage s_image = new(2, 1, [1, 2, 3, 4, 5, 6]);

    [Fact]
    public void Bytes_a_file_and_an_image_are_the_same_image()
    {
        byte[] png = ImageCodec.EncodePng(s_image);
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, png);
        try
        {
            foreach (ImageSource source in (ImageSource[])[s_image, png, ImageSource.FromFile(file)])
            {
                Assert.Equal((2, 1), source.Size("x"));
                Assert.Equal(s_image.Pixels, source.Decode("x").Pixels);
                Assert.Equal(png, source.Encoded("x"));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_drawing_is_drawn_once_and_not_before_it_is_needed()
    {
        int drawn = 0;
        var source = ImageSource.FromDrawing(() =>
        {
            drawn++;
            return s_image;
        });

        Assert.Equal(0, drawn);
        Assert.Equal((2, 1), source.Size("x"));
        Assert.Equal(s_image.Pixels, source.Decode("x").Pixels);
        Assert.Equal(ImageCodec.EncodePng(s_image), source.Encoded("x"));
        Assert.Equal(1, drawn);
    }

    [Fact]
    public void A_missing_file_is_named_with_its_record()
    {
        var error = Assert.Throws<UsageException>(() => ImageSource.FromFile("nowhere.png").Decode("record 7, image 1"));

        Assert.StartsWith("the image nowhere.png cannot be read: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("record 7, image 1", error.Where);
    }

    // A prompt of 60 frames of 32 x 32 holds no pixels: what it holds is the file.
    [Fact]
    public void A_prompt_holds_how_pixels_are_made_and_no_pixels()
    {
        int written = 0;
        var pixels = new PixelInput([60, 3, 32, 32], [], values =>
        {
            written++;
            values.Fill(0.5f);
        });

        Assert.Equal(60 * 3 * 32 * 32, pixels.Count);
        Assert.Equal(0, written);
        Assert.All(pixels.Values(), value => Assert.Equal(0.5f, value));
        Assert.Equal(1, written);
    }
}
