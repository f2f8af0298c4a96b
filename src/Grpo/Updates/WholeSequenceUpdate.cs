using TorchSharp;
using Vlm.LatentActions;
using Vlm.Layers;

namespace Vlm.Grpo;

/// <summary>Continual pre-training on whole sequences: every token that is no image is learned, prompts as well as answers.</summary>
/// <remarks>
/// Visually-masked continual pre-training of TriMPI, Wang et al. 2025, arXiv:2510.09474, section 4.1: next-token loss over [policy, image,
/// query, thoughts, answer],
/// <code>
/// L = - sum_t m[t] log p(x[t] | x[&lt;t]) / sum_t m[t]        m[t] = 0 on visual tokens
/// </code>
/// The first token of a sequence, which nothing predicts, has no part in it.
/// </remarks>
public static class WholeSequenceUpdate
{
    /// <summary>A prompt with its answer, as one sequence.</summary>
    /// <param name="prompt">What is asked, images included.</param>
    /// <param name="answer">The answer's tokens, end-of-sequence included.</param>
    public static Prompt Sequence(Prompt prompt, int[] answer) => prompt with { Tokens = [.. prompt.Tokens, .. answer] };

    /// <summary>m: true on the tokens of a sequence that are learned.</summary>
    /// <param name="tokens">Of the sequence.</param>
    /// <param name="imageToken">The token that stands for an image vector.</param>
    public static bool[] Mask(IReadOnlyList<int> tokens, int imageToken) => [.. tokens.Select((token, t) => t > 0 && token != imageToken)];

    /// <summary>Moves the weights once, to lower the next-token loss of sequences, a mean over all tokens that are learned.</summary>
    /// <param name="model">Reads the sequences.</param>
    /// <param name="policy">Of the model: only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="sequences">One step's, from <see cref="Sequence"/>.</param>
    /// <param name="options">Rate, schedule, micro-batch, bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Apply(
        IVisionLanguageModel model, IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Prompt> sequences,
        UpdateOptions options, long step)
    {
        double learned = sequences.Sum(sequence => Mask(sequence.Tokens, model.ImageToken).Count(one => one));
        if (learned == 0)
            throw new ArgumentException("no sequence of the step has a token to learn", nameof(sequences));
        Rollout[] rows = [.. sequences.Select(sequence => SupervisedUpdate.Target(sequence, [sequence.Tokens[^1]]))];
        return LossUpdate.Apply(
            policy.Trainable, optimizer, rows, MicroBatches.Plan(rows, options.MicroBatchSize), options, step,
            part => (Loss(model, [.. part.Select(i => sequences[i])]) / learned, StepStats.Empty));
    }

    /// <summary>The sum of the next-token losses of sequences over the tokens that are learned, in nats.</summary>
    /// <param name="model">Reads them.</param>
    /// <param name="sequences">Of any lengths.</param>
    /// <returns>A scalar.</returns>
    public static torch.Tensor Loss(IVisionLanguageModel model, IReadOnlyList<Prompt> sequences)
    {
        torch.Tensor hidden = model.Prefill(sequences, new KvCache(model.Layers)).Hidden;                       // [P, L, D]
        torch.Tensor labels = LatentRows.LabelsOf(sequences, [model.ImageToken]).to(hidden.device);             // [P, L]
        long after = labels.shape[1] - 1;
        // Padding is on the left: what stands before a sequence's first token predicts nothing of it.
        foreach ((int row, Prompt sequence) in sequences.Index())
            _ = labels[row].narrow(0, labels.shape[1] - sequence.Tokens.Length, 1).fill_(LatentLosses.Ignored);
        torch.Tensor next = labels.narrow(1, 1, after).flatten();                                               // [P (L - 1)]
        torch.Tensor places = next.ne(LatentLosses.Ignored).nonzero().squeeze(-1);                              // [M]
        torch.Tensor states = hidden.narrow(1, 0, after).flatten(0, 1).index_select(0, places);                 // [M, D]
        torch.Tensor logits = model.Logits(states).to(torch.ScalarType.Float32);                                // [M, V]
        return torch.nn.functional.cross_entropy(logits, next.index_select(0, places), reduction: torch.nn.Reduction.Sum);
    }
}
