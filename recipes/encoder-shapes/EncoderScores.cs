using System.Numerics.Tensors;
using Vlm.Rewards.Learned;

/// <summary>What an encoder can tell apart.</summary>
/// <param name="ImageToText">Share of images whose own caption is the most similar of <see cref="Among"/>.</param>
/// <param name="TextToImage">Share of captions whose own image is.</param>
/// <param name="WrongColor">Share of images to which their caption is more similar than the same with a wrong colour.</param>
/// <param name="Missing">The same against a caption that leaves an object out.</param>
/// <param name="Invented">The same against a caption that names one more.</param>
/// <param name="Count">Images.</param>
sealed record EncoderScores(double ImageToText, double TextToImage, double WrongColor, double Missing, double Invented, int Count)
{
    /// <summary>How many captions an image chooses from: chance is 1 / 64.</summary>
    internal const int Among = 64;

    /// <summary>Measures unit vectors.</summary>
    /// <param name="images">A vector for each image.</param>
    /// <param name="captions">One for each image's caption.</param>
    /// <param name="wrong">For each fault one for each image.</param>
    internal static EncoderScores Of(double[][] images, double[][] captions, double[][][] wrong)
    {
        double[] faults = [.. wrong.Select(faulty => Share(images.Length, i => Cosine(images[i], captions[i]) > Cosine(images[i], faulty[i])))];
        return new(Retrieved(images, captions), Retrieved(captions, images), faults[0], faults[1], faults[2], images.Length);
    }

    /// <summary>The same of a folder's graphs.</summary>
    /// <param name="encoder">The folder's.</param>
    /// <param name="pairs">Drawings with their captions.</param>
    internal static EncoderScores Of(ImageTextEncoder encoder, IReadOnlyList<ShapesPair> pairs) => Of(
        [.. encoder.EmbedImages([.. pairs.Select(pair => (pair.Image, pair.Id))])],
        [.. encoder.EmbedTexts([.. pairs.Select(pair => pair.Caption)])],
        [.. Enumerable.Range(0, FaultyCaptions.Faults.Count).Select(fault => encoder.EmbedTexts([.. pairs.Select(pair => pair.Wrong[fault])]).ToArray())]);

    // Within groups of 64; the last may be smaller.
    private static double Retrieved(double[][] asked, double[][] found) => Share(asked.Length, i =>
    {
        int from = i / Among * Among;
        double own = Cosine(asked[i], found[i]);
        return Enumerable.Range(from, Math.Min(Among, asked.Length - from)).All(j => j == i || Cosine(asked[i], found[j]) < own);
    });

    private static double Share(int count, Func<int, bool> holds) => (double)Enumerable.Range(0, count).Count(holds) / count;

    private static double Cosine(double[] a, double[] b) => TensorPrimitives.Dot<double>(a, b);
}
