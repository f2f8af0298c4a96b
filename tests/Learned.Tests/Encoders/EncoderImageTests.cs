using System.Text.Json.Nodes;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned;

namespace Learned.Tests.Encoders;

/// <summary>How an encoder's folder says that images are prepared, and how they are.</summary>
public sealed class EncoderImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-encoder-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // As openai/clip-vit-base-patch32 and google/siglip-base-patch16-224 have them, and older folders of CLIP.
    [Theory]
    [InlineData("""
        {"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true, "do_rescale": true,
         "do_resize": true, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_processor_type": "CLIPImageProcessor",
         "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 224}}
        """, 224, 224, 3, 0.48145466)]
    [InlineData("""{"feature_extractor_type": "CLIPFeatureExtractor", "crop_size": 336, "size": 336, "resample": 3}""", 336, 336, 3, 0.48145466)]
    [InlineData("""
        {"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "SiglipImageProcessor",
         "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": {"height": 384, "width": 384}}
        """, null, 384, 2, 0.5)]
    [InlineData("""{"image_processor_type": "SiglipImageProcessor"}""", null, 224, 3, 0.5)]
    public void Published_forms_are_read(string json, int? shortest, int side, int filter, double mean)
    {
        EncoderImageOptions read = Read(json);

        Assert.Equal((shortest, side, side, (ResizeFilter)filter), (read.Shortest, read.Width, read.Height, read.Filter));
        Assert.Equal((float)mean, read.Mean[0]);
        Assert.Equal(1.0 / 255, read.Rescale, 1e-12);
    }

    [Theory]
    [InlineData("""{"image_processor_type": "ViTImageProcessor"}""", "\"image_processor_type\" is \"ViTImageProcessor\" and must be one of CLIPImageProcessor,")]
    [InlineData("""{"size": 224}""", "\"image_processor_type\" is missing, and must be one of CLIPImageProcessor,")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "do_resize": false}""", "\"do_resize\" is false and must be true")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "do_center_crop": false}""", "\"do_center_crop\" is false and must be true")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 200}}""", "\"crop_size\" is 224 x 224, and the shorter side")]
    [InlineData("""{"image_processor_type": "SiglipImageProcessor", "size": {"height": 384}}""", "\"size.width\" is missing")]
    [InlineData("""{"image_processor_type": "SiglipImageProcessor", "size": {"height": 384, "width": 0}}""", "\"size.width\" is 0 and must be")]
    public void What_gives_no_images_of_one_size_is_refused(string json, string message) =>
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_back()
    {
        EncoderImageOptions options = ClipFolder.ImageOptions(EncoderFolders.Config);
        EncoderImageOptions square = options with { Shortest = null, Width = 20, Filter = ResizeFilter.Lanczos };

        foreach (EncoderImageOptions each in new[] { options, square })
        {
            EncoderImageOptions read = Read(each.ToJson().ToJsonString());
            Assert.Equal(each with { Mean = read.Mean, Std = read.Std }, read);
            Assert.Equal(each.Mean, read.Mean);
            Assert.Equal(each.Std, read.Std);
        }
    }

    // 7 x 5 with the shorter side at 3: the longer one is 3 * 7 / 5 = 4.2, so 4, and the middle 3 of 4 columns begin at 0.
    // 5 x 11: 3 x 6.6, so 3 x 6, and the middle begins at row 1.
    [Theory]
    [InlineData(7, 5, 4, 3, 0, 0)]
    [InlineData(5, 11, 3, 6, 0, 1)]
    public void The_shorter_side_is_resized_and_the_middle_cut_out(int width, int height, int toWidth, int toHeight, int left, int top)
    {
        RgbImage image = ClipModelTests.Noise(width, height, 1);
        var processor = new EncoderImageProcessor(Options(shortest: 3, 3, 3));

        Assert.Equal(PilResize.Resize(image, toWidth, toHeight, ResizeFilter.Bicubic).Crop(left, top, 3, 3).Pixels, processor.Fitted(image).Pixels);
    }

    [Fact]
    public void Without_a_shorter_side_the_shape_is_not_kept()
    {
        RgbImage image = ClipModelTests.Noise(7, 5, 1);

        Assert.Equal(PilResize.Resize(image, 2, 4, ResizeFilter.Bicubic).Pixels, new EncoderImageProcessor(Options(null, 2, 4)).Fitted(image).Pixels);
    }

    // (byte / 255 - mean) / std, channel by channel: (1 - .1) / .5, (0 - .2) / .25, (51 / 255 - .3) / 2.
    [Fact]
    public void Values_are_rescaled_and_normalised_in_planes()
    {
        var processor = new EncoderImageProcessor(Options(null, 2, 1) with { Mean = [0.1f, 0.2f, 0.3f], Std = [0.5f, 0.25f, 2] });
        float[] values = new float[processor.Length];

        processor.Write(new RgbImage(2, 1, [255, 0, 51, 0, 255, 255]), values);

        float[] expected = [1.8f, -0.2f, -0.8f, 3.2f, -0.05f, 0.35f];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-6f);
    }

    private static EncoderImageOptions Options(int? shortest, int width, int height) =>
        new() { Shortest = shortest, Width = width, Height = height, Mean = [0, 0, 0], Std = [1, 1, 1] };

    private EncoderImageOptions Read(string json)
    {
        _ = JsonNode.Parse(json);
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), json);
        return EncoderImageOptions.Read(_folder);
    }
}
