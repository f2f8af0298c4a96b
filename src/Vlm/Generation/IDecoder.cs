using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// The decoding of one sampling call, over tokens or codes: it holds the KV caches and samples actions. What outlives a call
/// is left in the dispose scope around <see cref="Prefill"/>, or outside of that around <see cref="Continue"/>.
/// </summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Where the weights are.</summary>
    Device Device { get; }

    /// <summary>Reads the prompts, and reserves the caches of the new tokens.</summary>
    /// <param name="prompts">P</param>
    /// <param name="group">Rows per prompt.</param>
    /// <returns>The distribution of the first action of the P x G rows, and the P positions of the first new tokens.</returns>
    (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group);

    /// <summary>Reads the last token of each row.</summary>
    /// <param name="tokens">[N, 1]</param>
    /// <param name="positions">[N, 1]</param>
    /// <returns>The distribution of each row's next action.</returns>
    NextDistribution Continue(Tensor tokens, Tensor positions);

    /// <inheritdoc cref="Layers.KvCache.Keep"/>
    void Keep(Tensor prompts, Tensor rows, int group);

    /// <summary>What is not finite in the weights, for messages; null where nothing is, or nobody can look.</summary>
    string? NonFiniteWeight();

    /// <summary>Samples an action of each row, and decodes it to its token. A log-prob is NaN where the logits were.</summary>
    SampledStep Sample(NextDistribution distribution, DecodingBatch rows);
}

/// <summary>The distribution of the next action of each row.</summary>
/// <param name="Logits">[N, A] of the actions.</param>
/// <param name="States">[N, H] the states that decode an action to its token; null where actions are tokens.</param>
internal sealed record NextDistribution(Tensor Logits, Tensor? States = null) : IDisposable
{
    /// <summary>The last position of each prompt, repeated for each row of its group.</summary>
    /// <param name="read">[P, L, F]</param>
    /// <param name="group">G</param>
    /// <returns>[P * G, F]</returns>
    internal static Tensor Fan(Tensor read, int group) =>
        read.narrow(1, read.shape[1] - 1, 1).expand(-1, group, -1).reshape(read.shape[0] * group, -1);

    public void Dispose()
    {
        Logits.Dispose();
        States?.Dispose();
    }
}

/// <summary>What one step sampled.</summary>
/// <param name="Actions">[N]</param>
/// <param name="Tokens">[N]; the same object where actions are tokens.</param>
/// <param name="LogProbs">[N] of the actions.</param>
internal sealed record SampledStep(Tensor Actions, Tensor Tokens, Tensor LogProbs);
