namespace Vlm.Grpo;

/// <summary>Half of a group sees a text that the policy shall do without: its answers are learned under the plain prompt.</summary>
/// <remarks>
/// PolicyRollout of multimodal policy internalisation, Wang et al. 2025, arXiv:2510.09474: G rollouts of (question, image) and G of
/// (question, image, policy) are one group of 2G, and the ratio of each is to the policy before the update under the prompt
/// without the text:
/// <code>
/// r[i] = pi(o[i] | Q, I) / pi_old(o[i] | Q, I)
/// </code>
/// What the sampler said of the second half is of another prompt, and is computed anew. Images of the privileged text are not taken.
/// </remarks>
public static class PrivilegedContext
{
    /// <summary>An example whose chat begins with the text.</summary>
    /// <param name="example">As it is asked plainly.</param>
    /// <param name="context">The text.</param>
    public static Example On(Example example, string context) =>
        example with { Messages = SystemTurn.With(example.Messages, context, first: true) };

    /// <summary>Samples under the privileged prompts, and gives the completions as if the plain ones had been asked.</summary>
    /// <param name="policy">Before the update.</param>
    /// <param name="plain">The prompts that are learned.</param>
    /// <param name="privileged">The same with the text.</param>
    /// <param name="options">Group size, sampling, micro-batch.</param>
    /// <param name="key">Names the random numbers: another one than that of the plain half.</param>
    /// <returns>Members G to 2G - 1 of the plain prompts' groups, with log-probs under these.</returns>
    /// <exception cref="UsageException">Sampling leaves out tokens, so that a completion may have no probability under the plain
    /// prompt.</exception>
    public static Rollout[] Sample(
        IPolicy policy, IReadOnlyList<Prompt> plain, IReadOnlyList<Prompt> privileged, GrpoOptions options, SampleKey key)
    {
        if (plain.Count != privileged.Count)
            throw new ArgumentException($"{plain.Count} plain and {privileged.Count} privileged prompts must be as many",
                nameof(privileged));
        OffPolicy.Require(options.Sampling, "a completion of the privileged prompt");
        Rollout[] sampled = policy.Sample(privileged, options.GroupSize, options.Sampling, key);
        return OffPolicy.WithLogProbs(policy, [.. sampled.Select((rollout, i) => rollout with
        {
            Prompt = plain[i / options.GroupSize],
            Member = options.GroupSize + rollout.Member,
        })], options);
    }
}
