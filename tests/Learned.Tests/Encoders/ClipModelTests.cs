using TorchSharp;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned;
using Vlm.Text;
using static TorchSharp.torch;

namespace Learned.Tests.Encoders;

/// <summary>The small encoder of this project: as modules, as graphs, and as a folder.</summary>
public sealed class ClipModelTests : IDisposable
{
    private static readonly string[] s_texts = ["a red circle", "a small red circle and a large blue square, a small cross", ""];

    private readonly EncoderFolders _folders = new();

    public void Dispose() => _folders.Dispose();

    // On the device that has no memory, where nothing could have been put by chance.
    [Fact]
    public void Weights_are_where_they_were_asked_for()
    {
        using ClipModel made = ClipModel.New(EncoderFolders.Config, 1, torch.META);

        Assert.All(made.Trainable, item => Assert.Equal(DeviceType.META, item.Value.device_type));
        string folder = _folders.New("clip");
        Tokenizer tokenizer = Tokenizer.FromFolder(folder);
        Assert.Equal(DeviceType.META, ClipTokens.Batch(tokenizer, ["a red circle"], 20, torch.META).device_type);
    }

    // [start, a, red, circle, end]: the shorter one ends with end tokens.
    [Fact]
    public void Ids_are_padded_with_the_end_token_and_cut_with_it()
    {
        Tokenizer tokenizer = Tokenizer.FromFolder(_folders.New("clip"));
        int end = tokenizer.IdOf(ClipTokens.End)!.Value;
        using torch.Tensor ids = ClipTokens.Batch(tokenizer, ["a red circle", "a"], 4, torch.CPU);
        long[] values = ids.data<long>().ToArray();

        Assert.Equal([2, 4], ids.shape);
        Assert.Equal((long)tokenizer.IdOf(ClipTokens.Start)!.Value, values[0]);
        Assert.Equal([end, end, end], (long[])[values[3], values[6], values[7]]);
        Assert.NotEqual(end, values[2]);
    }

    [Fact]
    public void The_graphs_of_its_folder_compute_what_its_modules_do()
    {
        using var scope = NewDisposeScope();
        using ClipModel model = ClipModel.New(EncoderFolders.Config, seed: 2, torch.CPU);
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip", model));
        RgbImage[] images = [Noise(16, 16, 1), Noise(40, 20, 2), Noise(9, 31, 3)];
        var processor = new EncoderImageProcessor(ClipFolder.ImageOptions(model.Config));

        AssertRows(ClipLoss.Unit(model.Images(Pixels(processor, images))), encoder.EmbedImages([.. images.Select(image => ((ImageSource)image, "x"))]));
        AssertRows(ClipLoss.Unit(model.Texts(Ids(s_texts))), encoder.EmbedTexts(s_texts));
    }

    [Fact]
    public void A_text_is_the_same_whatever_it_is_padded_to()
    {
        using var scope = NewDisposeScope();
        using ClipModel model = ClipModel.New(EncoderFolders.Config, seed: 2, torch.CPU);

        Tensor alone = model.Texts(Ids([s_texts[0]])), padded = model.Texts(Ids(s_texts))[0];

        Assert.Equal(0, (alone[0] - padded).abs().max().item<float>(), 1e-6f);
    }

    // A tower that looked forward, or that took its vector elsewhere, would not tell these apart, or would see what is behind the end.
    [Fact]
    public void The_vector_of_a_text_is_its_first_end_tokens_and_that_sees_what_is_before_alone()
    {
        using var scope = NewDisposeScope();
        using ClipModel model = ClipModel.New(EncoderFolders.Config, seed: 2, torch.CPU);
        long end = EncoderFolders.Config.EosId, start = EncoderFolders.Config.BosId;
        Tensor rows = model.Texts(tensor(new long[,] { { start, 70, end, 71 }, { start, 70, end, 72 }, { start, 73, end, 71 } }));

        Assert.Equal(0, (rows[0] - rows[1]).abs().max().item<float>(), 1e-6f);
        Assert.True((rows[0] - rows[2]).abs().max().item<float>() > 0.01);
    }

    [Fact]
    public void A_folder_is_read_back_with_the_same_weights()
    {
        using ClipModel model = ClipModel.New(EncoderFolders.Config, seed: 2, torch.CPU), read = ClipModel.Load(_folders.New("clip", model), torch.CPU);

        Assert.Equal(model.Config, read.Config);
        Assert.Equal(model.Trainable.Select(item => item.Name), read.Trainable.Select(item => item.Name));
        foreach ((var written, var found) in model.Trainable.Zip(read.Trainable))
            Assert.True(written.Value.allclose(found.Value, 0, 0), written.Name);
    }

    // As transformers' CLIPModel names and shapes them.
    [Fact]
    public void Its_tensors_have_the_names_and_shapes_of_CLIPModel()
    {
        using ClipModel model = Vlm.Engine.Weights.Meta(() => new ClipModel(EncoderFolders.Config));
        Dictionary<string, long[]> shapes = model.Trainable.ToDictionary(item => item.Name, item => item.Value.shape);

        Assert.Equal([], shapes["logit_scale"]);
        Assert.Equal([32], shapes["vision_model.embeddings.class_embedding"]);
        Assert.Equal([32, 3, 4, 4], shapes["vision_model.embeddings.patch_embedding.weight"]);
        Assert.Equal([17, 32], shapes["vision_model.embeddings.position_embedding.weight"]);
        Assert.Equal([32], shapes["vision_model.pre_layrnorm.weight"]);
        Assert.Equal([24, 24], shapes["text_model.encoder.layers.1.self_attn.out_proj.weight"]);
        Assert.Equal([40, 24], shapes["text_model.encoder.layers.0.mlp.fc1.weight"]);
        Assert.Equal([20, 24], shapes["text_model.embeddings.position_embedding.weight"]);
        Assert.Equal([24], shapes["text_model.final_layer_norm.bias"]);
        Assert.Equal([12, 32], shapes["visual_projection.weight"]);
        Assert.Equal([12, 24], shapes["text_projection.weight"]);
        Assert.Equal(1 + (3 + 2 + 16 * 2 + 2 + 1) + (2 + 16 * 2 + 2 + 1), shapes.Count);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_others()
    {
        using ClipModel a = ClipModel.New(EncoderFolders.Config, 1, torch.CPU), b = ClipModel.New(EncoderFolders.Config, 1, torch.CPU), c = ClipModel.New(EncoderFolders.Config, 2, torch.CPU);

        Assert.All(a.Trainable.Zip(b.Trainable), pair => Assert.True(pair.First.Value.allclose(pair.Second.Value, 0, 0)));
        Assert.False(a.Trainable[^1].Value.allclose(c.Trainable[^1].Value));
        Assert.Equal(ClipConfig.InitialLogitScale, a.LogitScale.item<float>(), 1e-5);
    }

    [Theory]
    [InlineData("model_type", "\"siglip\"", "\"model_type\" is \"siglip\" and must be \"clip\", which is what is computed here")]
    [InlineData("projection_dim", "0", "\"projection_dim\" is 0 and must be a whole number from 1 to 1048576")]
    public void Another_models_configuration_is_refused(string field, string value, string message)
    {
        string folder = _folders.New("clip");
        EncoderFolders.Change(folder, "config.json", json => json[field] = System.Text.Json.Nodes.JsonNode.Parse(value));

        Assert.Equal(message, Assert.Throws<UsageException>(() => ClipModel.Load(folder, torch.CPU)).Message);
    }

    internal static RgbImage Noise(int width, int height, int seed)
    {
        byte[] pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return new(width, height, pixels);
    }

    private static Tensor Pixels(EncoderImageProcessor processor, RgbImage[] images)
    {
        float[] values = new float[images.Length * processor.Length];
        for (int i = 0; i < images.Length; i++)
            processor.Write(images[i], values.AsSpan(i * processor.Length, processor.Length));
        return tensor(values, [images.Length, 3, processor.Options.Height, processor.Options.Width]);
    }

    private static Tensor Ids(string[] texts)
    {
        int[][] rows = [.. texts.Select(text => EncoderFolders.Tokenizer.EncodeSequence(text, EncoderFolders.Config.MaxPositions))];
        int most = rows.Max(row => row.Length);
        return tensor(rows.SelectMany(row => row.Concat(Enumerable.Repeat(EncoderFolders.Config.EosId, most - row.Length)))
            .Select(id => (long)id).ToArray(), [rows.Length, most]);
    }

    private static void AssertRows(Tensor expected, IReadOnlyList<double[]> found)
    {
        Assert.Equal(expected.shape[0], found.Count);
        for (int row = 0; row < found.Count; row++)
            for (int i = 0; i < found[row].Length; i++)
                Assert.Equal(expected[row, i].item<float>(), found[row][i], 1e-5);
    }
}
