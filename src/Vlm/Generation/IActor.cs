using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// What one sampling call reads with and draws from, tokens or codes. It keeps what it has read; what lasts is left in the
/// dispose scope around <see cref="Prefill"/>, or outside of that around <see cref="Continue"/>.
/// </summary>
internal interface IActor : IDisposable
{
    /// <summary>Where the weights are.</summary>
    Device Device { get; }

    /// <summary>Reads the prompts, and makes room for what each of their rows will draw.</summary>
    /// <param name="prompts">P</param>
    /// <param name="group">Rows per prompt.</param>
    /// <returns>What each of the P x G rows draws from first, and the P positions of the tokens that follow.</returns>
    (Outlook Outlook, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group);

    /// <summary>Reads the token that each row drew last.</summary>
    /// <param name="tokens">[N, 1]</param>
    /// <param name="positions">[N, 1]</param>
    /// <returns>What each row draws from next.</returns>
    Outlook Continue(Tensor tokens, Tensor positions);

    /// <inheritdoc cref="Layers.KvCache.Keep"/>
    void Keep(Tensor prompts, Tensor rows, int group);

    /// <summary>Draws an action of each row and says which token it is.</summary>
    Drawn Draw(Outlook outlook, SampledRows rows);
}

/// <summary>What rows draw from.</summary>
/// <param name="Logits">[N, A] of the actions.</param>
/// <param name="States">[N, H] what turns an action into a token; null where actions are tokens.</param>
internal sealed record Outlook(Tensor Logits, Tensor? States = null) : IDisposable
{
    /// <summary>Of the last token of each prompt, for each row of its group.</summary>
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

/// <summary>One step's draws.</summary>
/// <param name="Actions">[N]</param>
/// <param name="Tokens">[N]; the same object where actions are tokens.</param>
/// <param name="LogProbs">[N] of the actions.</param>
internal sealed record Drawn(Tensor Actions, Tensor Tokens, Tensor LogProbs);
