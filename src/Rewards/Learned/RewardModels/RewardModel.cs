using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>Which states of an answer the head reads.</summary>
public enum RewardPooling
{
    /// <summary>The state after its last token, as transformers' models for sequence classification have it.</summary>
    Last,

    /// <summary>The mean of the states after each of its tokens, or of those of a segment: a small model finds faults where they stand.</summary>
    Mean,

    /// <summary>
    /// None: the score is beta times the mean log-probability that the model itself gives its tokens, the implicit reward of SimPO (Meng
    /// et al. 2024, arXiv:2405.14734, equation 4). A model that can write good answers knows much of what is wrong with others.
    /// </summary>
    Implicit,

    /// <summary>
    /// None: the score is beta times the log-probability of the whole answer, the reward of DPO (Rafailov et al. 2023, arXiv:2305.18290,
    /// equation 5) under a uniform reference (CPO, Xu et al. 2024, arXiv:2401.08417). Likely words that are added make a mean better and
    /// a sum worse; an answer that says next to nothing has a sum near 0.
    /// </summary>
    ImplicitSum,
}

/// <summary>What poolings have in common.</summary>
public static class RewardPoolings
{
    /// <summary>True where the model's own log-probabilities are the score, and there is no head.</summary>
    public static bool IsImplicit(this RewardPooling pooling) => pooling is RewardPooling.Implicit or RewardPooling.ImplicitSum;
}

/// <summary>A model with a head that scores answers: it reads the chat, its images and the answer, and scores the state after it.</summary>
/// <remarks>
/// Ouyang et al. 2022, arXiv:2203.02155, section 3.5. Answers are read by this model's own tokenizer and chat template, so the
/// policy may be of another family. Answers to one question are read after one reading of the question. It borrows model and head.
/// </remarks>
/// <param name="model">Reads.</param>
/// <param name="processor">The model's.</param>
/// <param name="head">Scores.</param>
public sealed class RewardModel(IVisionLanguageModel model, IPromptProcessor processor, RewardHead head)
{
    /// <summary>The model.</summary>
    public IVisionLanguageModel Model => model;

    /// <summary>The head.</summary>
    public RewardHead Head => head;

    /// <summary>An answer as the model reads it: its tokens, and what the chat template closes a turn with.</summary>
    /// <param name="prompt">The question; the same object for answers that share its reading.</param>
    /// <param name="text">The answer.</param>
    /// <exception cref="UsageException">Both together are longer than the model's context.</exception>
    public Rollout Answer(Prompt prompt, string text)
    {
        int[] tokens = processor.Completion(text);
        return prompt.Tokens.Length + tokens.Length <= model.MaxPositions
            ? new(prompt, 0, tokens, tokens, new float[tokens.Length], text, StopReason.EndOfSequence)
            : throw new UsageException(
                $"question and answer have {prompt.Tokens.Length} and {tokens.Length} tokens; the reward model takes {model.MaxPositions}",
                $"record {prompt.Id}", "shorter answers (--max-new-tokens), smaller images, or a reward model with a longer context");
    }

    /// <summary>[B, T, D] the state after each token of each answer, padded on the right.</summary>
    /// <param name="answers">B answers, from <see cref="Answer"/>.</param>
    public Tensor States(IReadOnlyList<Rollout> answers) => CompletionStates.Of(model, answers);

    /// <summary>[B, D] what the head reads of each answer, as <see cref="RewardHead.Pooling"/> says; an implicit reward reads none.</summary>
    /// <param name="states">[B, T, D]</param>
    /// <param name="answers">B answers.</param>
    public Tensor Pooled(Tensor states, IReadOnlyList<Rollout> answers) =>
        head.Pooling == RewardPooling.Last ? Last(states, answers) : Mean(states, answers);

    private static Tensor Mean(Tensor states, IReadOnlyList<Rollout> answers)
    {
        (int rows, int width) = ((int)states.shape[0], (int)states.shape[1]);
        var weights = new float[rows * width];
        foreach ((int row, Rollout answer) in answers.Index())
            Array.Fill(weights, 1f / answer.Tokens.Length, row * width, answer.Tokens.Length);
        Tensor shares = tensor(weights, [rows, 1, width], device: states.device);               // [B, 1, T]
        return shares.matmul(states.to(ScalarType.Float32)).squeeze(1);
    }

    private static Tensor Last(Tensor states, IReadOnlyList<Rollout> answers)
    {
        long width = states.shape[1];
        long[] places = [.. answers.Select((answer, row) => (row * width) + answer.Tokens.Length - 1)];
        return states.reshape(-1, states.shape[2]).index_select(0, tensor(places, device: states.device));
    }

    /// <summary>[B, labels] scores of answers, as the head gives them, or [B, 1] of the model itself where it has none.</summary>
    public Tensor Scores(IReadOnlyList<Rollout> answers) => head.Pooling.IsImplicit()
        ? head.Beta * LogProbs(answers).unsqueeze(1) : head.Forward(Pooled(States(answers), answers));

    // [B], in single precision.
    private Tensor LogProbs(IReadOnlyList<Rollout> answers)
    {
        var policy = new TokenPolicy(model, _ => "", [], unrestricted: true);
        Tensor each = policy.LogProbs(answers, new Sampling()).LogProbs.to(ScalarType.Float32);         // [B, T], 0 after the end
        Tensor sum = each.sum(1);
        return head.Pooling == RewardPooling.ImplicitSum ? sum
            : sum / tensor([.. answers.Select(answer => (float)answer.Tokens.Length)], device: each.device);
    }
}
