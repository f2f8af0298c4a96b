using System.Text.Json;
using Vlm.Images;
using Vlm.Testing;

namespace Vlm.Tests.Images;

public class SmartResizeTests
{
    [Fact]
    public void Sizes_are_those_of_the_reference_and_so_are_the_refusals()
    {
        using var table = JsonDocument.Parse(
            File.ReadAllText(Fixtures.PathOf("image_processors", "smart_resize.json")));
        int sizes = 0, refusals = 0;
        foreach (JsonElement row in table.RootElement.GetProperty("rows").EnumerateArray())
        {
            int[] n = [.. row.EnumerateArray().Take(5).Select(value => value.GetInt32())];
            (int, int) Size() => SmartResize.Size(n[0], n[1], n[2], n[3], n[4], "the table");
            if (row[5].ValueKind == JsonValueKind.Array)
            {
                Assert.Equal((row[5][0].GetInt32(), row[5][1].GetInt32()), Size());
                sizes++;
            }
            else
            {
                Assert.Throws<UsageException>(() => Size());
                refusals++;
            }
        }

        Assert.Equal((60, 4), (sizes, refusals));
    }

    // Factor 28, no limits near: 42 / 28 = 1.5 -> 2, and 70 / 28 = 2.5 -> 2: halves go to the even neighbour.
    // 71 / 28 = 2.54 -> 3.
    [Theory]
    [InlineData(42, 70, 56, 56)]
    [InlineData(70, 71, 56, 84)]
    public void Sides_go_to_the_nearest_multiple_and_halves_to_the_even_one(int height, int width, int h, int w) =>
        Assert.Equal((h, w), SmartResize.Size(height, width, 28, 1, 1_000_000, "x"));

    // 1 x 200 with factor 4: nearest (0, 200), no area, so it grows by sqrt(16 / 200) = 0.28: 0.28 -> 4, 56.6 -> 60.
    // 60 x 2 with at most 16: nearest (60, 0 -> 2 / 4 = 0.5, to even 0), no area, at least 1: grows by sqrt(1 / 120)
    // = 0.091: 5.5 -> 8, 0.18 -> 4.   100 x 100 with at most 15, less than one block: still one block.
    [Theory]
    [InlineData(1, 200, 16, 1000, 4, 60)]
    [InlineData(60, 2, 1, 16, 8, 4)]
    [InlineData(100, 100, 1, 15, 4, 4)]
    public void No_side_is_less_than_one_factor(int height, int width, long min, long max, int h, int w) =>
        Assert.Equal((h, w), SmartResize.Size(height, width, 4, min, max, "x"));

    [Fact]
    public void A_side_of_exactly_200_times_the_other_is_taken_and_one_more_pixel_is_not()
    {
        Assert.Equal((7, 1400), SmartResize.Size(7, 1400, 7, 1, 1_000_000, "x"));

        var error = Assert.Throws<UsageException>(() =>
            SmartResize.Size(7, 1401, 7, 1, 1_000_000, "record 5, image 2"));

        Assert.Equal(
            """
            error: the image has 1401 x 7 pixels; the model takes sides up to 1 : 200
               at: record 5, image 2
              try: the image cut or padded to a less narrow shape, or the dataset without this record
            """, error.Render());
        Assert.Throws<UsageException>(() => SmartResize.Size(1401, 7, 7, 1, 1_000_000, "x"));
    }

    [Fact]
    public void Sizes_stay_within_their_limits_and_keep_the_shape()
    {
        var random = new RandomStream(3, "smart-resize");
        for (int i = 0; i < 3000; i++)
        {
            int factor = random.Between(2, 64), height = random.Between(factor, 3000);
            int width = random.Between(Math.Max(factor, (height / 100) + 1), 3000);
            if (Math.Max(height, width) > 100 * Math.Min(height, width))
                continue;
            long min = (long)factor * factor * random.Between(1, 9), max = min * random.Between(1000, 4000);

            var (h, w) = SmartResize.Size(height, width, factor, min, max, "x");

            Assert.Equal((0, 0), (h % factor, w % factor));
            Assert.InRange((long)h * w, min, max);
        }
    }
}
