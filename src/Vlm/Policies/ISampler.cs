namespace Vlm;

/// <summary>
/// What acts: a policy, exported graphs, a remote engine. Several threads may sample at once, as long as nobody trains.
/// </summary>
public interface ISampler
{
    /// <summary>Samples <paramref name="group"/> completions for each prompt, ordered by prompt, then member.</summary>
    /// <param name="prompts">P prompts.</param>
    /// <param name="group">Completions of each.</param>
    /// <param name="sampling">How actions are sampled.</param>
    /// <param name="key">Names the random numbers: the same key, the same completions, however prompts are batched.</param>
    /// <param name="cancel">Looked at before each token; what was sampled is dropped.</param>
    /// <exception cref="UsageException">A prompt leaves no room for the new tokens.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default);

    /// <summary>
    /// Samples one completion and gives each token as soon as it is sampled, the end token included: the tokens that
    /// <see cref="Sample"/> gives for a group of one. It is computed on a thread of its own, a few tokens ahead of the reader;
    /// leaving the loop early ends it and frees what it holds.
    /// </summary>
    /// <param name="prompt">What is asked.</param>
    /// <param name="sampling">How actions are sampled.</param>
    /// <param name="key">Names the random numbers.</param>
    /// <param name="cancel">Looked at before each token.</param>
    /// <returns>Token ids; enumerating again samples again.</returns>
    /// <exception cref="UsageException">The prompt leaves no room for the new tokens.</exception>
    IAsyncEnumerable<int> StreamAsync(Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default);
}
