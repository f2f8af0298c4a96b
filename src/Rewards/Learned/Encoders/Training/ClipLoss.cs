using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>What an image-text encoder is trained by.</summary>
public static class ClipLoss
{
    /// <summary>Similarities are multiplied by at most this.</summary>
    public const double LargestScale = 100;

    /// <summary>Symmetric InfoNCE: each image finds its text among all texts, and each text its image among all images.</summary>
    /// <remarks>
    /// Radford et al. 2021, https://arxiv.org/abs/2103.00020, figure 3: the mean of two cross entropies over the scaled cosine
    /// similarities, the scale learned and held at <see cref="LargestScale"/> (section 2.5). More texts than images are hard
    /// negatives, which an image has to tell from its own text: Yuksekgonul et al. 2023, https://arxiv.org/abs/2210.01936,
    /// section 4; they ask for no image, since none is theirs.
    /// </remarks>
    /// <param name="images">[B, P], of any length.</param>
    /// <param name="texts">[B + N, P], of any length; the first B belong to the images, in their order.</param>
    /// <param name="logitScale">[], the logarithm of the scale.</param>
    /// <returns>[]</returns>
    public static Tensor InfoNce(Tensor images, Tensor texts, Tensor logitScale)
    {
        long B = images.shape[0];
        Tensor scale = logitScale.clamp_max(Math.Log(LargestScale)).exp();
        Tensor logits = scale * Unit(images).mm(Unit(texts).t());                              // [B, B + N]
        Tensor own = arange(B, dtype: ScalarType.Int64, device: images.device);
        return (nn.functional.cross_entropy(logits, own)
            + nn.functional.cross_entropy(logits.narrow(1, 0, B).t(), own)) / 2;
    }

    /// <summary>Rows of length 1.</summary>
    /// <param name="x">[.., P]</param>
    public static Tensor Unit(Tensor x) => nn.functional.normalize(x, 2, -1);
}
