namespace Vlm;

/// <summary>Why a completion ended.</summary>
public enum StopReason
{
    /// <summary>The policy emitted an end-of-sequence token, which is part of the completion.</summary>
    EndOfSequence,

    /// <summary>The completion reached the limit of new tokens.</summary>
    Length,
}

/// <summary>One sampled completion of one prompt.</summary>
/// <param name="Prompt">What was asked. Rollouts of one group have the same object.</param>
/// <param name="Member">0 .. group size - 1.</param>
/// <param name="Tokens">Completion token ids, end-of-sequence included where it was emitted.</param>
/// <param name="Actions">What the policy chose, one per token: the token itself, or a code of the latent codebook.</param>
/// <param name="LogProbs">
/// Natural-log probability of each action under the distribution it was really sampled from (temperature, filters, bans).
/// </param>
/// <param name="Text">The completion decoded, special tokens dropped.</param>
/// <param name="Stop">Why it ended.</param>
/// <param name="PolicyVersion">
/// Which policy sampled it: the step of <see cref="SampleKey"/>. The difference to the step that trains on it is its staleness.
/// </param>
public sealed record Rollout(
    Prompt Prompt, int Member, int[] Tokens, int[] Actions, float[] LogProbs, string Text, StopReason Stop,
    long PolicyVersion = 0)
{
    /// <summary>What rewards see of it.</summary>
    public Rewards.SampledText Sampled => new(Text, Tokens);

    /// <summary>The actions where they are codes, one per token; null where they are the tokens themselves.</summary>
    public IReadOnlyList<int>? Codes => Actions.AsSpan().SequenceEqual(Tokens) ? null : Actions;

    /// <summary>
    /// Text of each token by itself, so that people can see which code brought it about; empty for a special token. Null where the
    /// actions are the tokens themselves.
    /// </summary>
    public IReadOnlyList<string>? Pieces { get; init; }
}
