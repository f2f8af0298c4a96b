using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What the base itself would choose, in codes: where <see cref="PolicyForm.Prior"/> starts.</summary>
internal static class BasePrior
{
    /// <summary>Log-probs of codes, in proportion to the base's probability of the token that each decodes to, without gradients.</summary>
    /// <remarks>
    /// pi(a | h) ~ p(f(h, a) | h) / |{a' : f(h, a') = f(h, a)}|, f the most probable token of a code: codes of one token share its
    /// probability, and tokens that no code decodes to are out of reach.
    /// </remarks>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base.</param>
    /// <param name="states">[M, H] after its final norm.</param>
    /// <param name="bans">[V] added to its logits, or null.</param>
    /// <returns>[M, K] float32, normalised.</returns>
    internal static Tensor LogProbs(LatentModules modules, IVisionLanguageModel model, Tensor states, Tensor? bans)
    {
        using var off = no_grad();
        Tensor tokens = modules.MostProbableTokens(model, states, modules.Config.ReadOut, bans);   // [M, K]
        Tensor logits = model.Logits(states).to(ScalarType.Float32);
        Tensor own = (bans is null ? logits : logits + bans).log_softmax(-1);                      // [M, V]
        Tensor sharing = zeros_like(own).scatter_add_(-1, tokens, ones_like(tokens).to(ScalarType.Float32)).gather(-1, tokens);
        return (own.gather(-1, tokens) - sharing.log()).log_softmax(-1);
    }
}
