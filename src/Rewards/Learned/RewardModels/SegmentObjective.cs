using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>An answer whose segments are labelled.</summary>
/// <param name="Answer">As the reward model reads it.</param>
/// <param name="Ends">Letters of its text before the end of each segment, rising; one at least.</param>
/// <param name="Labels">For each segment, whether it is right in each of the model's labels.</param>
public sealed record SegmentedAnswer(Rollout Answer, IReadOnlyList<int> Ends, IReadOnlyList<IReadOnlyList<bool>> Labels);

/// <summary>Classifiers of the segments of an answer: one label each of a head, read as its <see cref="RewardHead.Pooling"/> says.</summary>
/// <remarks>
/// The head reads the state after the last token of a segment, or the mean of the states after each of its tokens.
/// FGAIF, Jing and Du 2024, arXiv:2404.05046, section 3.2, trains a model for each kind of hallucination; here they share one
/// model and have a row of its head each. The paper's repository could not be read: this is a specification after its abstract.
/// </remarks>
public static class SegmentObjective
{
    /// <summary>[S, labels] scores of all segments of all answers, as the head gives them.</summary>
    /// <param name="model">Reads.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="answers">B answers.</param>
    /// <param name="ends">For each answer, letters of its text before the end of each segment.</param>
    public static Tensor Scores(RewardModel model, Tokenizer tokenizer, IReadOnlyList<Rollout> answers, IReadOnlyList<IReadOnlyList<int>> ends)
    {
        Tensor states = model.States(answers);                                                  // [B, T, D]
        SegmentSpan[] spans = [.. answers.SelectMany((answer, row) => Spans(tokenizer, answer, ends[row], row))];
        return model.Head.Forward(model.Head.Pooling == RewardPooling.Last ? Last(states, spans) : Mean(states, spans));
    }

    /// <summary>What the segments of answers earn: of each label 1 where it is right and -1 where it is wrong, as far as the model is sure, and their mean.</summary>
    /// <param name="model">Reads.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="answers">Read together, cut by <see cref="TextSegments"/>.</param>
    /// <returns>For each answer its segments, none where it says nothing.</returns>
    public static IReadOnlyList<SegmentReward[]> Rewards(RewardModel model, Tokenizer tokenizer, IReadOnlyList<Rollout> answers)
    {
        int[][] ends = [.. answers.Select(answer => TextSegments.Ends(answer.Text))];
        int labels = model.Head.Labels.Count, at = 0;
        double[] each = ends.All(row => row.Length == 0) ? [] : [.. Scores(model, tokenizer, answers, ends)
            .sigmoid().cpu().data<float>().ToArray().Chunk(labels).Select(row => row.Sum(right => (2.0 * right) - 1) / labels)];
        return [.. ends.Select(row => row.Select(end => new SegmentReward(end, each[at++])).ToArray())];
    }

    /// <summary>The mean binary cross-entropy over segments and labels, with a gradient, and how many of the labels were told right.</summary>
    /// <param name="model">Reads.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="answers">Read together.</param>
    public static (Tensor Loss, int Correct, int Count) Compute(RewardModel model, Tokenizer tokenizer, IReadOnlyList<SegmentedAnswer> answers)
    {
        Tensor scores = Scores(model, tokenizer, [.. answers.Select(one => one.Answer)], [.. answers.Select(one => one.Ends)]);
        float[] labels = [.. answers.SelectMany(one => one.Labels).SelectMany(row => row.Select(right => right ? 1f : 0f))];
        Tensor right = tensor(labels, scores.shape, device: scores.device);
        int correct = (int)scores.detach().gt(0).eq(right.gt(0)).sum().item<long>();
        return (nn.functional.binary_cross_entropy_with_logits(scores, right), correct, labels.Length);
    }

    // [S, D]
    private static Tensor Last(Tensor states, SegmentSpan[] spans)
    {
        long width = states.shape[1];
        return Rows(states, spans.Select(span => (span.Row * width) + span.To - 1));
    }

    // [S, D] by sums of all states before: each segment costs two rows, however long it is.
    private static Tensor Mean(Tensor states, SegmentSpan[] spans)
    {
        long width = states.shape[1] + 1;
        Tensor sums = nn.functional.pad(states.to(ScalarType.Float32).cumsum(1), [0, 0, 1, 0]);         // [B, T + 1, D], 0 first
        Tensor tokens = tensor([.. spans.Select(span => (float)(span.To - span.From))], [spans.Length, 1], device: states.device);
        return (Rows(sums, spans.Select(span => (span.Row * width) + span.To)) - Rows(sums, spans.Select(span => (span.Row * width) + span.From))) / tokens;
    }

    private static Tensor Rows(Tensor states, IEnumerable<long> places) =>
        states.reshape(-1, states.shape[2]).index_select(0, tensor([.. places], device: states.device));

    // Up to the token that completes the last letter of a segment; one token at least, which two segments may share.
    private static IEnumerable<SegmentSpan> Spans(Tokenizer tokenizer, Rollout answer, IReadOnlyList<int> ends, int row)
    {
        int[] letters = TokenEnds.Of(tokenizer, answer.Tokens);
        int before = 0;
        foreach (int end in ends)
        {
            int to = 1 + (Array.FindIndex(letters, after => after >= end) is var at && at < 0 ? letters.Length - 1 : at);
            yield return new(row, Math.Min(before, to - 1), to);
            before = to;
        }
    }

    // Tokens of an answer from one, 0 or more, up to another, which does not belong to it.
    private readonly record struct SegmentSpan(int Row, int From, int To);
}
