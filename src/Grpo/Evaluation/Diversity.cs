using static TorchSharp.torch;

namespace Vlm.Grpo;

/// <summary>How much the answers to one question differ, over all questions.</summary>
/// <param name="Value">
/// 1 / <paramref name="MeanCosine"/>: 1 where all answers to a question point the same way, more where they do not; NaN
/// where the mean cosine is not above 0, which leaves nothing to invert.
/// </param>
/// <param name="MeanCosine">Mean over all pairs within a group, -1 to 1; pairs are never of two groups.</param>
/// <param name="DistinctAnswers">Mean over groups of the number of different answers, 1 to the group's size.</param>
public sealed record DiversityReport(double Value, double MeanCosine, double DistinctAnswers);

/// <summary>Diversity of rollouts: how far apart the answers to the same prompt are. Pure, in double precision.</summary>
/// <remarks>
/// <code>
/// cosine    = mean over groups and over pairs i != j of a group of  v[i] . v[j] / (|v[i]| |v[j]|)
/// diversity = 1 / cosine
/// </code>
/// Jia et al. 2025, arXiv:2503.21383, and arXiv:2601.07516 measure it with vectors of BGE-M3, a sentence encoder. Here the
/// vectors are the caller's: <see cref="Vlm.Generation.SentenceVectors"/> of one frozen base for every method compared.
/// The mean state of a decoder points much the same way whatever the text, so these numbers are nearer to 1 than with an
/// encoder trained to tell sentences apart: they rank methods, and are not to be held against the papers'.
/// An empty answer has no direction: its cosine is 1 with an empty answer and 0 with any other.
/// </remarks>
public static class Diversity
{
    /// <summary>Measures a batch.</summary>
    /// <param name="texts">N answers, ordered by prompt, then member; told apart without the white space around them.</param>
    /// <param name="vectors">[N, H] any float type, a row for each answer: zeros for empty ones, and only for those.</param>
    /// <param name="groupSize">Answers per prompt, at least 2.</param>
    /// <exception cref="ArgumentException">
    /// No answers, a group of one, a rest that fills no group, vectors of another number of rows or not finite, or zeros
    /// that do not go with an empty answer.
    /// </exception>
    public static DiversityReport Of(IReadOnlyList<string> texts, Tensor vectors, int groupSize)
    {
        Check(texts, vectors, groupSize);
        string[] answers = [.. texts.Select(text => text.Trim())];
        double cosine = MeanCosine(answers, vectors, groupSize);
        return new DiversityReport(cosine > 0 ? 1 / cosine : double.NaN, cosine,
            answers.Chunk(groupSize).Average(group => group.Distinct(StringComparer.Ordinal).Count()));
    }

    private static double MeanCosine(string[] answers, Tensor vectors, int groupSize)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Tensor v = vectors.to(CPU).to(ScalarType.Float64);                                    // [N, H]
        Tensor lengths = v.mul(v).sum(-1, keepdim: true).sqrt();                              // [N, 1]
        CheckLengths(answers, lengths);

        // A coordinate of its own makes empty answers equal to each other and at right angles to the rest.
        Tensor empty = tensor([.. answers.Select(text => text.Length == 0 ? 1.0 : 0.0)]).unsqueeze(-1);
        Tensor unit = cat([v / (lengths + empty), empty], -1).view(-1, groupSize, v.shape[1] + 1);
        Tensor cosines = unit.matmul(unit.transpose(1, 2));                                   // [P, G, G]
        double pairs = (double)answers.Length * (groupSize - 1);                              // each counted twice
        return cosines.triu(1).sum().item<double>() * 2 / pairs;
    }

    private static void Check(IReadOnlyList<string> texts, Tensor vectors, int groupSize)
    {
        if (groupSize < 2)
            throw new ArgumentException($"a group of {groupSize} has no pairs", nameof(groupSize));
        if (texts.Count == 0 || texts.Count % groupSize != 0)
            throw new ArgumentException($"{texts.Count} answers are no groups of {groupSize}", nameof(texts));
        if (vectors.dim() != 2 || vectors.shape[0] != texts.Count)
            throw new ArgumentException(
                $"vectors [{string.Join(", ", vectors.shape)}] must be [{texts.Count}, H], one for each answer",
                nameof(vectors));
    }

    private static void CheckLengths(string[] answers, Tensor lengths)
    {
        foreach ((int row, double length) in lengths.data<double>().ToArray().Index())
            if (!double.IsFinite(length) || length == 0 != (answers[row].Length == 0))
                throw new ArgumentException(
                    $"vector {row} has length {FormattableString.Invariant($"{length}")} for the answer "
                    + $"\"{answers[row]}\"; empty answers have 0, others a finite length above 0", nameof(lengths));
    }
}
