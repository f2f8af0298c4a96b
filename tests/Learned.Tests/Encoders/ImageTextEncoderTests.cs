using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Images;
using Vlm.Onnx.Graph;
using Vlm.Rewards.Learned;

namespace Learned.Tests.Encoders;

/// <summary>Encoders from folders of the hub's form: what is read, what is refused, and what a vector depends on.</summary>
public sealed class ImageTextEncoderTests : IDisposable
{
    private readonly EncoderFolders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void Vectors_have_length_one_and_do_not_depend_on_what_they_are_computed_with()
    {
        string folder = _folders.New("clip");
        using ImageTextEncoder one = ImageTextEncoder.Load(folder, new() { BatchSize = 1 }), many = ImageTextEncoder.Load(folder, new() { BatchSize = 8 });
        (ImageSource, string)[] images = [.. Enumerable.Range(0, 5).Select(i => ((ImageSource)ClipModelTests.Noise(16, 20, i), "x"))];
        string[] texts = ["a red circle", "a", "a small red circle and a large blue square, and a cross", "", "A RED  Circle"];

        AssertSame(one.EmbedImages(images), many.EmbedImages(images));
        IReadOnlyList<double[]> alone = one.EmbedTexts(texts), together = many.EmbedTexts(texts);
        AssertSame(alone, together);
        Assert.Equal(12, one.Width);
        Assert.All(together, vector => Assert.Equal(1, vector.Sum(value => value * value), 1e-12));
        Assert.Equal(together[0], together[4]);        // lower case, one space
        Assert.NotEqual(together[0], together[1]);
    }

    [Fact]
    public void An_image_or_text_that_comes_twice_is_computed_once()
    {
        int drawn = 0;
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip"));
        var image = new CountedImage(() => drawn++);

        IReadOnlyList<double[]> found = encoder.EmbedImages([(image.Source, "x"), (ClipModelTests.Noise(8, 8, 1), "y"), (image.Source, "x")]);

        Assert.Equal(1, drawn);
        Assert.Same(found[0], found[2]);
        IReadOnlyList<double[]> texts = encoder.EmbedTexts(["one", "two", "one"]);
        Assert.Same(texts[0], texts[2]);
        Assert.Empty(encoder.EmbedTexts([]));
    }

    [Fact]
    public void Several_threads_may_ask_at_once()
    {
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip"));
        string[] texts = ["a red circle", "a blue square", "two"];
        IReadOnlyList<double[]> expected = encoder.EmbedTexts(texts);

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => AssertSame(expected, encoder.EmbedTexts(texts)));
    }

    [Fact]
    public void Graphs_lie_in_a_folder_of_their_own_or_beside_the_rest_and_may_be_a_variant()
    {
        string folder = _folders.New("clip");
        using (ImageTextEncoder first = ImageTextEncoder.Load(folder))
        {
            foreach (string tower in new[] { "vision_model", "text_model" })
                File.Move(Path.Combine(folder, "onnx", tower + ".onnx"), Path.Combine(folder, tower + "_quantized.onnx"));
            using ImageTextEncoder second = ImageTextEncoder.Load(folder, new() { Variant = "quantized" });
            AssertSame(first.EmbedTexts(["a red circle"]), second.EmbedTexts(["a red circle"]));
        }

        AssertRefused(() => ImageTextEncoder.Load(folder), "there is no vision_model.onnx; there is vision_model_quantized", "Variant = \"quantized\"");
        AssertRefused(() => ImageTextEncoder.Load(folder, new() { Variant = "fp16" }), "there is no vision_model_fp16.onnx;", "Variant = \"quantized\"");
    }

    [Fact]
    public void Half_precision_graphs_are_fed_and_read_in_their_type()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Graph(folder, "vision_model", graph =>
        {
            OnnxValue pixels = graph.Input("pixel_values", OnnxType.Float16, "batch_size", 3, 16, 16);
            graph.Output("image_embeds", graph.Slice(graph.Reshape(pixels, "batch_size", 768), 1, 0, 12));
        });
        using ImageTextEncoder encoder = ImageTextEncoder.Load(folder);

        double[] vector = encoder.EmbedImages([(new RgbImage(16, 16, [.. Enumerable.Repeat((byte)255, 768)]), "x")])[0];

        Assert.All(vector, value => Assert.Equal(1 / Math.Sqrt(12), value, 1e-4));
    }

    [Fact]
    public void A_text_beyond_the_context_is_cut_with_its_end_token_and_that_is_said_once()
    {
        var log = new Lines();
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip"), new() { Logger = log });
        string long1 = string.Join(' ', Enumerable.Repeat("circle", 18)), long2 = long1 + " square square";

        IReadOnlyList<double[]> vectors = encoder.EmbedTexts([long1, long2, long2 + " cross"]);

        Assert.Equal(20, encoder.ContextLength);
        AssertSame([vectors[0]], [vectors[1]]);
        string line = Assert.Single(log.Written);
        Assert.Equal("A text has 22 tokens, and the encoder reads 20: the rest of it, and of others, is not seen", line);
    }

    // A "tower" whose vector is how many ids there are, their sum, and the mask's sum: what the text part feeds it.
    [Theory]
    [InlineData("clip", "text_embeds", 5, 5)]
    [InlineData("siglip", "pooler_output", 20, 20)]
    public void CLIP_is_padded_to_the_longest_under_a_mask_and_SigLIP_to_its_context_without_one(string type, string output, int ids, int masked)
    {
        string folder = _folders.New("clip");
        EncoderFolders.Change(folder, "config.json", json => json["model_type"] = type);
        EncoderFolders.Graph(folder, "text_model", graph =>
        {
            OnnxValue tokens = graph.Input("input_ids", OnnxType.Int64, "batch_size", "sequence_length");
            OnnxValue mask = graph.Input("attention_mask", OnnxType.Int64, "batch_size", "sequence_length");
            OnnxValue one = graph.Cast(graph.GreaterOrEqual(tokens, graph.Scalar(0L)), OnnxType.Float);
            OnnxValue[] sums = [graph.ReduceSum(one, 1), graph.ReduceSum(graph.Cast(mask, OnnxType.Float), 1)];
            OnnxValue none = graph.ReduceSum(one * 0, 1);
            graph.Output(output, graph.Concat(1, [.. sums, .. Enumerable.Repeat(none, 10)]));
        });
        if (type == "siglip")
            EncoderFolders.Graph(folder, "vision_model", graph => graph.Output("pooler_output", graph.Slice(graph.Reshape(
                graph.Input("pixel_values", OnnxType.Float, "batch_size", 3, 16, 16), "batch_size", 768), 1, 0, 12)));
        using ImageTextEncoder encoder = ImageTextEncoder.Load(folder);

        double[] alone = encoder.EmbedTexts(["a red circle"])[0];

        Assert.Equal((double)ids / masked, alone[0] / alone[1], 1e-6);
        double[] beside = encoder.EmbedTexts(["a red circle", "a small red circle and"])[0];
        Assert.Equal(type == "clip" ? 7.0 / 5 : 1, beside[0] / beside[1], 1e-6);
    }

    [Fact]
    public void Towers_of_different_widths_are_refused()
    {
        string folder = _folders.New("clip"), other = _folders.New("other", EncoderFolders.Config with { ProjectionDim = 16 });
        File.Copy(Path.Combine(other, "onnx", "text_model.onnx"), Path.Combine(folder, "onnx", "text_model.onnx"), overwrite: true);

        AssertRefused(() => ImageTextEncoder.Load(folder),
            "the vectors of images have 12 numbers and those of texts 16: there is no similarity between them", "of one model");
    }

    [Theory]
    [InlineData("vision_model")]
    [InlineData("text_model")]
    public void A_missing_tower_is_refused(string tower)
    {
        string folder = _folders.New("clip");
        File.Delete(Path.Combine(folder, "onnx", tower + ".onnx"));

        AssertRefused(() => ImageTextEncoder.Load(folder), $"there is no {tower}.onnx, neither in onnx/ nor in the folder", "both towers");
    }

    [Fact]
    public void A_graph_that_takes_something_else_is_refused()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Graph(folder, "text_model", graph => graph.Output("text_embeds", graph.Cast(
            graph.Input("input_ids", OnnxType.Int64, "b", "s") + graph.Input("position_ids", OnnxType.Int64, "b", "s"), OnnxType.Float)));

        AssertRefused(() => ImageTextEncoder.Load(folder),
            "the graph takes \"input_ids\", \"position_ids\", and text_model must take \"input_ids\", \"attention_mask\"", "towers apart");
    }

    // What CLIP's vision tower pools is not in the space of texts, though it may have its width.
    [Fact]
    public void A_tower_of_CLIP_without_its_projection_is_refused()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Graph(folder, "vision_model", graph => graph.Output("pooler_output", graph.Reshape(
            graph.Input("pixel_values", OnnxType.Float, "batch_size", 3, 16, 16), "batch_size", 768)));

        AssertRefused(() => ImageTextEncoder.Load(folder), "the graph gives \"pooler_output\", and vision_model must give \"image_embeds\"", "WithProjection");
    }

    [Fact]
    public void A_graph_that_gives_a_vector_for_each_token_is_refused()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Graph(folder, "text_model", graph => graph.Output("text_embeds", graph.Unsqueeze(graph.Cast(
            graph.Input("input_ids", OnnxType.Int64, "b", "s"), OnnxType.Float), 2)));

        AssertRefused(() => ImageTextEncoder.Load(folder), "the graph gives \"text_embeds\" of shape [1, ", "free batch size");
    }

    [Theory]
    [InlineData("config.json", "model_type", "\"blip\"", "\"model_type\" is \"blip\" and must be \"clip\" or \"siglip\"")]
    [InlineData("config.json", "model_type", "null", "\"model_type\" is missing")]
    [InlineData("preprocessor_config.json", "crop_size", "12", "the graph takes images of 16 x 16, and preprocessor_config.json makes them 12 x 12")]
    [InlineData("tokenizer.json", "model", """{"type": "Unigram", "vocab": [["a", -1.5]]}""", "its model type is 'Unigram'; only BPE is read")]
    [InlineData("tokenizer.json", "normalizer", """{"type": "Precompiled"}""", "its normalizer step 'Precompiled' is not known here")]
    public void Settings_of_another_model_are_refused(string file, string field, string value, string message)
    {
        string folder = _folders.New("clip");
        EncoderFolders.Change(folder, file, json => json[field] = System.Text.Json.Nodes.JsonNode.Parse(value));

        Assert.Contains(message, Assert.Throws<UsageException>(() => ImageTextEncoder.Load(folder)).Message, StringComparison.Ordinal);
    }

    // Its shorter side resized to 16 would make the other one over four million pixels long.
    [Fact]
    public void A_picture_so_narrow_that_it_would_fill_the_memory_is_refused()
    {
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip"));
        var narrow = new RgbImage(1, 270_000, new byte[3 * 270_000]);

        UsageException refused = Assert.Throws<UsageException>(() => encoder.EmbedImages([(narrow, "record 3")]));

        Assert.Equal("the image of 1 x 270000 would be resized to 16 x 4320000", refused.Message);
        Assert.Equal("record 3", refused.Where);
    }

    // SigLIP's own folders have a Unigram vocabulary.
    [Fact]
    public void A_tokenizer_of_another_kind_is_refused_with_what_to_do()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Change(folder, "tokenizer.json", json => json["model"] = System.Text.Json.Nodes.JsonNode.Parse("""{"type": "Unigram", "vocab": [["a", -1.5]]}"""));

        UsageException refused = Assert.Throws<UsageException>(() => ImageTextEncoder.Load(folder));

        Assert.Contains("only BPE is read", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(folder, "tokenizer.json"), refused.Where);
        Assert.Contains("BPE", refused.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("preprocessor_config.json")]
    [InlineData("tokenizer.json")]
    public void A_missing_file_is_refused(string file)
    {
        string folder = _folders.New("clip");
        File.Delete(Path.Combine(folder, file));

        Assert.Contains($"there is no {file}", Assert.Throws<UsageException>(() => ImageTextEncoder.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_graph_and_a_picture_that_is_none_are_refused()
    {
        string folder = _folders.New("clip");
        using (ImageTextEncoder encoder = ImageTextEncoder.Load(folder))
        {
            byte[] broken = [0x89, 0x50, 0x4E, 0x47, 1, 2, 3];
            UsageException picture = Assert.Throws<UsageException>(() => encoder.EmbedImages([(broken, "record 7")]));
            Assert.Equal("record 7", picture.Where);
        }

        File.WriteAllText(Path.Combine(folder, "onnx", "vision_model.onnx"), "no graph");
        AssertRefused(() => ImageTextEncoder.Load(folder), "ONNX Runtime refuses the graph", "write the file again");
    }

    [Fact]
    public void A_vector_without_direction_is_refused()
    {
        string folder = _folders.New("clip");
        EncoderFolders.Graph(folder, "vision_model", graph => graph.Output("image_embeds", graph.Slice(graph.Reshape(
            graph.Input("pixel_values", OnnxType.Float, "batch_size", 3, 16, 16), "batch_size", 768), 1, 0, 12) * 0));
        using ImageTextEncoder encoder = ImageTextEncoder.Load(folder);

        AssertRefused(() => encoder.EmbedImages([(ClipModelTests.Noise(4, 4, 1), "x")]), "the graph gave a vector of length 0", "float32");
    }

    [Fact]
    public void What_was_cancelled_stops()
    {
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folders.New("clip"));
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        Assert.Throws<OperationCanceledException>(() => encoder.EmbedTexts(["a"], cancel.Token));
    }

    private static void AssertRefused(Func<object> load, string message, string fix)
    {
        UsageException refused = Assert.Throws<UsageException>(load);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains(fix, refused.Fix, StringComparison.Ordinal);
    }

    private static void AssertSame(IReadOnlyList<double[]> expected, IReadOnlyList<double[]> found)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach ((double[] a, double[] b) in expected.Zip(found))
            Assert.All(a.Zip(b), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    // Decoded each time it is asked: a source whose part is cut out of a drawing.
    private sealed class CountedImage(Action drawn)
    {
        internal ImageSource Source { get; } = ImageSource.FromDrawing(() =>
        {
            drawn();
            return ClipModelTests.Noise(16, 16, 9);
        });
    }

    private sealed class Lines : ILogger
    {
        internal List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format) =>
            Written.Add(format(state, error));
    }
}
