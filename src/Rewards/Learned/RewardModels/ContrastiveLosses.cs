using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>Losses on states that help a reward model to tell answers apart.</summary>
public static class ContrastiveLosses
{
    /// <summary>Goal-conditioned: early states of the chosen answer point to its later ones, and not to the rejected answer's.</summary>
    /// <remarks>
    /// Nath et al. 2024, arXiv:2407.13887, section 3; as released in ContrastiveGoalLoss, with the mean of the sigmoids before
    /// the logarithm:
    /// <code>
    /// p = mean sigmoid(cos(source, goal))    n = mean sigmoid(cos(source, goal of rejected))    loss = -log p - log(1 - n)
    /// </code>
    /// </remarks>
    /// <param name="sources">[S, D] states of the chosen answer.</param>
    /// <param name="goals">[K, D] later states of the chosen answer.</param>
    /// <param name="others">[R, D] states of the rejected answer.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Goal(Tensor sources, Tensor goals, Tensor others)
    {
        Tensor positive = Cosines(sources, goals).sigmoid().mean(), negative = Cosines(sources, others).sigmoid().mean();
        return -positive.log() - (1 - negative).log();
    }

    /// <summary>Ordered pairs of places in an answer, the source before the goal.</summary>
    /// <param name="length">Places, at least 1; where there is but one, it is both.</param>
    /// <param name="count">Pairs.</param>
    /// <param name="random">Draws them.</param>
    public static (long[] Sources, long[] Goals) Places(int length, int count, RandomStream random)
    {
        (var sources, var goals) = (new long[count], new long[count]);
        for (int i = 0; i < count; i++)
        {
            int a = random.Next(length), b = length == 1 ? a : (a + 1 + random.Next(length - 1)) % length;
            (sources[i], goals[i]) = (Math.Min(a, b), Math.Max(a, b));
        }
        return (sources, goals);
    }

    /// <summary>Two views of each row by dropout: a row's views are alike, and unlike those of all other rows.</summary>
    /// <remarks>
    /// SimCSE: Gao et al. 2021, arXiv:2104.08821, equation 4, on the features of a reward model as in Wang et al. 2024,
    /// arXiv:2401.06080, section 3.2. The decoders here have no dropout of their own: the masks are laid on the states.
    /// </remarks>
    /// <param name="features">[N, D]</param>
    /// <param name="masks">[2, N, D] kept numbers, already divided by the share that is kept.</param>
    /// <param name="temperature">Above 0; 0.05 in the paper.</param>
    /// <returns>A scalar.</returns>
    public static Tensor SimCse(Tensor features, Tensor masks, double temperature = 0.05)
    {
        Tensor similarities = Cosines(features * masks[0], features * masks[1]) / temperature;          // [N, N]
        return nn.functional.cross_entropy(similarities, arange(features.shape[0], device: features.device));
    }

    private static Tensor Cosines(Tensor a, Tensor b) => Unit(a).matmul(Unit(b).t());                   // [A, B]

    private static Tensor Unit(Tensor x) => nn.functional.normalize(x.to(ScalarType.Float32), p: 2, dim: -1);
}
