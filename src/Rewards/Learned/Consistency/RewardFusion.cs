using TorchSharp;
using Vlm.Generation;
using Vlm.Text;

namespace Vlm.Rewards.Learned;

/// <summary>RewardFusion: a reward is averaged with those of texts that say nearly the same.</summary>
/// <remarks>
/// Shen et al. 2023, arXiv:2309.16155, section 5.2, and the authors' code: texts of the training set whose cosine similarity reaches a
/// threshold, five at most, and the text itself with weight 1:
/// <code>r = (r_0 + sum_i s_i r_i) / (1 + sum_i s_i)</code>
/// Their vectors are SimCSE's; any function of texts will do here, such as <see cref="Embed"/>.
/// </remarks>
public static class RewardFusion
{
    /// <summary>The least similarity of a neighbour, as the authors' code has it.</summary>
    public const double DefaultThreshold = 0.9;

    /// <summary>Most neighbours, as the authors' code has it.</summary>
    public const int DefaultMost = 5;

    /// <summary>The reward of a text with those of its neighbours.</summary>
    /// <param name="own">Of the text itself: weight 1.</param>
    /// <param name="neighbours">Cosine similarity and reward of other texts, in any order.</param>
    /// <param name="threshold">Less similar ones do not count.</param>
    /// <param name="most">The most similar ones count, as many as this.</param>
    /// <example>2.0, with neighbours 1.0 (similarity 0.95) and 0.5 (0.92): (2 + 0.95 + 0.46) / 2.87 = 1.188153.</example>
    public static double Fuse(
        double own, IEnumerable<(double Similarity, double Reward)> neighbours, double threshold = DefaultThreshold, int most = DefaultMost)
    {
        (double Similarity, double Reward)[] near = [.. neighbours.Where(one => one.Similarity >= threshold)
            .OrderByDescending(one => one.Similarity).Take(most)];
        return (own + near.Sum(one => one.Similarity * one.Reward)) / (1 + near.Sum(one => one.Similarity));
    }

    /// <summary>The cosine of the angle between two vectors; 0 where one of them is zero.</summary>
    /// <exception cref="ArgumentException">They differ in length.</exception>
    public static double Cosine(IReadOnlyList<float> a, IReadOnlyList<float> b)
    {
        if (a.Count != b.Count)
            throw new ArgumentException($"vectors of {a.Count} and {b.Count} numbers have no angle between them", nameof(b));
        double norm = Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
        return norm == 0 ? 0 : a.Zip(b, (x, y) => (double)x * y).Sum() / norm;
    }

    /// <summary>Vectors of texts by a model of any family: the mean of its states over the text (<see cref="SentenceVectors"/>).</summary>
    /// <param name="model">Its weights are not trained.</param>
    /// <param name="tokenizer">The model's.</param>
    public static Func<IReadOnlyList<string>, IReadOnlyList<float[]>> Embed(IVisionLanguageModel model, Tokenizer tokenizer) => texts =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor vectors = SentenceVectors.Of(model, tokenizer, texts);
        int width = (int)vectors.shape[1];
        return [.. vectors.contiguous().data<float>().ToArray().Chunk(width)];
    };
}

/// <summary>Texts whose rewards are known, for <see cref="FusedReward"/>.</summary>
/// <param name="Vectors">One for each text, all of one length.</param>
/// <param name="Rewards">What the reward that is fused gives to each.</param>
public sealed record FusionBank(IReadOnlyList<float[]> Vectors, IReadOnlyList<double> Rewards);

/// <summary>A learned reward, fused with what it gives to similar texts of a bank.</summary>
/// <remarks>
/// A text is the question and the answer. Vectors of texts see no image: where the same words are said of different images, the bank must be of
/// texts about the same image, or be left out.
/// </remarks>
/// <param name="reward">What is fused; belongs to this reward.</param>
/// <param name="bank">What its scores are averaged with.</param>
/// <param name="embed">Vectors of texts, as those of the bank were made.</param>
/// <param name="threshold">The least cosine similarity that counts.</param>
public sealed class FusedReward(
    ILearnedReward reward, FusionBank bank, Func<IReadOnlyList<string>, IReadOnlyList<float[]>> embed,
    double threshold = RewardFusion.DefaultThreshold) : ILearnedReward
{
    /// <inheritdoc/>
    public string Name => reward.Name;

    /// <summary>The text of a completion, as the bank's texts are made.</summary>
    public static string TextOf(Completion completion) => $"{completion.Example.Question}\n{completion.Text}";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        IReadOnlyList<LearnedScore> scores = await reward.ScoreAsync(completions, cancel).ConfigureAwait(false);
        IReadOnlyList<float[]> vectors = embed([.. completions.Select(TextOf)]);
        return [.. scores.Zip(vectors, Fused)];
    }

    /// <inheritdoc/>
    public void Dispose() => reward.Dispose();

    private LearnedScore Fused(LearnedScore score, float[] vector) => score.Value is not { } own ? score : LearnedScore.Of(
        RewardFusion.Fuse(own, bank.Vectors.Zip(bank.Rewards, (known, value) => (RewardFusion.Cosine(vector, known), value)), threshold),
        FormattableString.Invariant($"{score.Reason}, {own:0.###} before fusion"));
}
