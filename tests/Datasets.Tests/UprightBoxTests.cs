using System.Runtime.CompilerServices;
using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

/// <summary>Boxes on a photo that EXIF turns: 40 x 20 in the file, 20 x 40 as everybody sees it.</summary>
public class UprightBoxTests
{
    // The first box is the whole upright photo, and reaches outside of 40 x 20; the second lies inside of both, and its
    // numbers would be scaled by sides that are exchanged.
    [Theory]
    [InlineData("x6-exif.parquet", 20, 40)]
    [InlineData("x6b-exif-silent.parquet", 18, 18)]
    public void A_box_is_taken_in_the_size_of_the_upright_photo(string name, double right, double bottom)
    {
        Example example = ParquetExamples.Read(PathOf(name)).Single();

        var truth = Assert.IsType<Truth.Region>(example.Truth);
        Assert.Equal(new Truth.Region(new Box(0, 0, right, bottom), Frame.OriginalPixels, 20, 40), truth);
        RgbImage seen = example.Images.Single().Decode(example.Id);
        Assert.Equal((20, 40), (seen.Width, seen.Height));
    }

    private static string PathOf(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "..", "fixtures", "images", "trials", name);
}
