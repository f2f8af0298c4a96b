using Vlm.Checkpoints;
using Vlm.Images;
using Vlm.Models;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>
/// A CLIP-like encoder from a folder with both towers as ONNX graphs: images and texts to unit vectors of one space, in which what
/// belongs together is near. Safe to use from several threads.
/// </summary>
/// <remarks>
/// Radford et al. 2021, https://arxiv.org/abs/2103.00020 (CLIP); Zhai et al. 2023, https://arxiv.org/abs/2303.15343 (SigLIP). The folder
/// is that of the hub's exports: <c>onnx/vision_model.onnx</c>, <c>onnx/text_model.onnx</c>, config.json, preprocessor_config.json,
/// tokenizer.json and tokenizer_config.json.
/// </remarks>
public sealed class ImageTextEncoder : IDisposable
{
    private readonly EncoderGraph _vision, _text;
    private readonly EncoderImageProcessor _images;
    private readonly EncoderTexts _texts;
    private readonly int _batch;

    private ImageTextEncoder(string folder, EncoderGraph vision, EncoderGraph text, EncoderImageProcessor images, EncoderTexts texts, int batch)
    {
        (Folder, _vision, _text, _images, _texts, _batch) = (folder, vision, text, images, texts, batch);
        Width = CheckedWidth();
    }

    /// <summary>Where it was read.</summary>
    public string Folder { get; }

    /// <summary>Numbers of a vector.</summary>
    public int Width { get; }

    /// <summary>Most tokens of a text, start and end token included; longer ones are cut, and that is said once.</summary>
    public int ContextLength => _texts.Context;

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">As the hub's exports of CLIP and SigLIP have it.</param>
    /// <param name="options">Which files, and how they run; null for float32 on the processor.</param>
    /// <exception cref="UsageException">
    /// A file is missing or of another model, a graph does not load, takes or gives something else, or the towers' vectors have
    /// different widths.
    /// </exception>
    public static ImageTextEncoder Load(string folder, ImageTextEncoderOptions? options = null)
    {
        options ??= new ImageTextEncoderOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));
        JsonReader config = ProcessorConfig.Read(folder, "config.json") ?? throw ProcessorConfig.Missing(folder, "config.json");
        bool isSiglip = IsSiglip(config);
        EncoderTexts texts = EncoderTexts.Read(folder, config, isSiglip, options.Logger);
        var images = new EncoderImageProcessor(EncoderImageOptions.Read(folder));
        EncoderGraph? vision = null, text = null;
        try
        {
            vision = EncoderGraph.Load(folder, EncoderGraph.Vision, isSiglip, options);
            text = EncoderGraph.Load(folder, EncoderGraph.Text, isSiglip, options);
            RequireSize(vision, images.Options);
            return new ImageTextEncoder(folder, vision, text, images, texts, options.BatchSize);
        }
        catch
        {
            vision?.Dispose();
            text?.Dispose();
            throw;
        }
    }

    /// <summary>The vectors of images. An image that is there twice, as the same object, is computed once.</summary>
    /// <param name="images">Each with where it belongs, for messages: a record's id.</param>
    /// <param name="cancel">Looked at before each batch.</param>
    /// <returns>One of length 1 for each, in their order.</returns>
    /// <exception cref="UsageException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double[]> EmbedImages(IReadOnlyList<(ImageSource Image, string Where)> images, CancellationToken cancel = default) =>
        Embed(images, item => item.Image, ReferenceEqualityComparer.Instance, RunImages, _vision, cancel);

    /// <summary>The vectors of texts. A text that is there twice is computed once.</summary>
    /// <param name="texts">Any texts; those beyond <see cref="ContextLength"/> are cut, their end token kept.</param>
    /// <param name="cancel">Looked at before each batch.</param>
    /// <returns>One of length 1 for each, in their order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double[]> EmbedTexts(IReadOnlyList<string> texts, CancellationToken cancel = default) =>
        Embed(texts, text => text, EqualityComparer<object?>.Default, RunTexts, _text, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _vision.Dispose();
        _text.Dispose();
    }

    private double[][] Embed<T>(
        IReadOnlyList<T> items, Func<T, object> key, IEqualityComparer<object?> comparer, Func<T[], float[][]> run, EncoderGraph graph,
        CancellationToken cancel)
    {
        var known = new Dictionary<object, double[]>(comparer);
        foreach (T[] batch in items.DistinctBy(key, (IEqualityComparer<object>)comparer).Chunk(_batch))
        {
            cancel.ThrowIfCancellationRequested();
            foreach ((T item, float[] vector) in batch.Zip(run(batch)))
                known[key(item)] = Unit(vector, graph);
        }

        return [.. items.Select(item => known[key(item)])];
    }

    private float[][] RunImages((ImageSource Image, string Where)[] batch)
    {
        using var scope = NewDisposeScope();
        float[] values = new float[batch.Length * _images.Length];
        for (int i = 0; i < batch.Length; i++)
        {
            RgbImage image = batch[i].Image.Decode(batch[i].Where);
            _images.RequireShape(image, batch[i].Where);
            _images.Write(image, values.AsSpan(i * _images.Length, _images.Length));
        }

        return _vision.Run(tensor(values, [batch.Length, 3, _images.Options.Height, _images.Options.Width]));
    }

    private float[][] RunTexts(string[] batch)
    {
        using var scope = NewDisposeScope();
        (Tensor ids, Tensor mask) = _texts.Batch(batch);
        return _text.Run(ids, mask);
    }

    private static double[] Unit(float[] vector, EncoderGraph graph)
    {
        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return double.IsFinite(length) && length > 0 ? [.. vector.Select(value => value / length)]
            : throw new UsageException(
                $"the graph gave a vector of length {length}, which has no direction", graph.Path, "the float32 graphs, or the export again");
    }

    // One picture and one text through the towers: graphs often do not say the width, and what cannot run fails at once.
    private int CheckedWidth()
    {
        var grey = new RgbImage(2, 2, [.. Enumerable.Repeat((byte)128, 12)]);
        int vision = RunImages([(grey, Folder)])[0].Length, text = RunTexts(["a picture"])[0].Length;
        return vision == text ? vision : throw new UsageException(
            $"the vectors of images have {vision} numbers and those of texts {text}: there is no similarity between them", Folder,
            "vision_model.onnx and text_model.onnx of one model, each with its projection");
    }

    private static void RequireSize(EncoderGraph vision, EncoderImageOptions images)
    {
        (long? height, long? width) = vision.PixelSize;
        if ((height ?? images.Height) != images.Height || (width ?? images.Width) != images.Width)
            throw new UsageException(
                $"the graph takes images of {width} x {height}, and preprocessor_config.json makes them {images.Width} x {images.Height}",
                vision.Path, "the preprocessor_config.json of this model");
    }

    private static bool IsSiglip(JsonReader config)
    {
        const string Type = "model_type";
        return config.Text(Type) switch
        {
            "clip" => false,
            "siglip" or "siglip2" => true,
            null => throw config.Missing(Type, "\"clip\" or \"siglip\""),
            _ => throw config.Wrong(Type, "\"clip\" or \"siglip\", whose images and texts are read here"),
        };
    }
}
