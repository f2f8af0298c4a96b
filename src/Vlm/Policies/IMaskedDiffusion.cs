using TorchSharp.Modules;

namespace Vlm;

/// <summary>A response of which some tokens are hidden from the model, to be scored at these places.</summary>
/// <param name="Rollout">The response, with its prompt, which is never hidden.</param>
/// <param name="Masked">True on the tokens that are hidden, one for each token of the response.</param>
public sealed record MaskedResponse(Rollout Rollout, IReadOnlyList<bool> Masked);

/// <summary>
/// A masked-diffusion language model: it sees a prompt and the tokens of a response that are not masked, on both sides, and says how
/// likely each token is at every masked place. Nie et al. 2025 (LLaDA), arXiv:2502.09992, section 2.
/// </summary>
public interface IMaskedDiffusion
{
    /// <summary>
    /// Log-probs of the masked tokens of each row, given its prompt and its other tokens; carries a gradient where gradients are on.
    /// The mask is 1 on masked tokens; log-probs and entropies are 0 elsewhere.
    /// </summary>
    /// <param name="rows">A response may be in several rows, masked otherwise in each.</param>
    ActionLogProbs LogProbs(IReadOnlyList<MaskedResponse> rows);

    /// <summary>The parameters an optimizer may move, under their checkpoint names.</summary>
    IReadOnlyList<(string Name, Parameter Value)> Trainable { get; }
}
