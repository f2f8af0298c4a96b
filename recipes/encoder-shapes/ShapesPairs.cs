using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;
using Vlm.Text;

/// <summary>A drawing with a caption, and the same caption with one fault.</summary>
/// <param name="Image">The drawing.</param>
/// <param name="Id">Names it.</param>
/// <param name="Caption">Says what is there.</param>
/// <param name="Wrong">One for each of <see cref="FaultyCaptions.Faults"/>, in their order.</param>
sealed record ShapesPair(ImageSource Image, string Id, string Caption, IReadOnlyList<string> Wrong);

/// <summary>Pairs of drawings and captions, and their tensors.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Images">How an image becomes pixels.</param>
/// <param name="Tokenizer">How a caption becomes ids.</param>
/// <param name="Device">Where tensors go.</param>
sealed record ShapesPairs(long Seed, EncoderImageProcessor Images, Tokenizer Tokenizer, torch.Device Device)
{
    private static readonly ShapesOptions s_training = new() { Kinds = ["caption", "describe"] };
    private static readonly ShapesOptions s_testing = new() { Kinds = ["caption"] };

    /// <summary>Captions that a vocabulary is learned from.</summary>
    internal static IEnumerable<string> Texts(long seed) =>
        Enumerable.Range(0, 4000).Select(i => Shapes.Example(seed, Split.Train, i, s_training).Answer);

    /// <summary>The pair at an index: for training in many wordings, for the other splits in the form of their faulty captions.</summary>
    internal ShapesPair Pair(Split split, long index)
    {
        Example example = Shapes.Example(Seed, split, index, split == Split.Train ? s_training : s_testing);
        IReadOnlyList<CaptionObject> objects = ((CaptionTruth)example.Truth).Objects;
        var random = new RandomStream(Seed, "caption-faults", (long)split, index);
        return new(example.Images[0], example.Id, example.Answer,
            [.. FaultyCaptions.Faults.Select(fault => FaultyCaptions.Sentence(objects, fault, random))]);
    }

    /// <summary>[B, 3, H, W]</summary>
    internal torch.Tensor Pixels(IReadOnlyList<ShapesPair> pairs)
    {
        float[] values = new float[pairs.Count * Images.Length];
        for (int i = 0; i < pairs.Count; i++)
            Images.Write(pairs[i].Image.Decode(pairs[i].Id), values.AsSpan(i * Images.Length, Images.Length));
        return torch.tensor(values, [pairs.Count, 3, Images.Options.Height, Images.Options.Width], device: Device);
    }

    /// <summary>[B, T] of Int64, padded with the end token.</summary>
    internal torch.Tensor Ids(IReadOnlyList<string> texts, int most) => ClipTokens.Batch(Tokenizer, texts, most, Device);
}
