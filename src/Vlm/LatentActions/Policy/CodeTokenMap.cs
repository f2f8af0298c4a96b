using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Which token each of a state's most probable codes decodes to, to marginalise over equivalent codes.</summary>
/// <remarks>
/// The gradient is the conditional mean of the score function over the codes of one token (Rao-Blackwell):
/// <code>
/// C(x) = the codes that decode to token x
/// grad log sum over C(x) of pi(k) = sum over C(x) of pi(k) / pi(C(x)) grad log pi(k)
/// </code>
/// The values stay the log-probs of the sampled codes, as the sampler returned them, so that importance ratios begin at 1. Any
/// partition of the codes into classes keeps the mean, so a code outside the map is a class of its own.
/// </remarks>
/// <param name="Codes">[M, T] the most probable codes of each state.</param>
/// <param name="Tokens">[M, T] the token that each decodes to.</param>
internal sealed record CodeTokenMap(Tensor Codes, Tensor Tokens)
{
    /// <summary>T at most: the remaining codes of a state seldom have 1 % of the probability together.</summary>
    internal const int TopCodes = 16;

    /// <summary>Decodes the most probable codes of each state with the world model.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base.</param>
    /// <param name="states">[M, H]</param>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="bans">[V] added to logits.</param>
    internal static CodeTokenMap Of(
        LatentModules modules, IVisionLanguageModel model, Tensor states, Tensor logProbs, Tensor? bans)
    {
        using var off = no_grad();
        Tensor codes = logProbs.topk((int)Math.Min(TopCodes, logProbs.shape[^1]), -1).indexes;
        return new CodeTokenMap(
            codes, modules.MostProbableTokens(model, states, modules.Config.ReadOut, bans, codes));
    }

    /// <summary>The map of a selection of the states, in any order, with repetition.</summary>
    /// <param name="indices">Row numbers.</param>
    internal CodeTokenMap At(Tensor indices) => new(Codes.index_select(0, indices), Tokens.index_select(0, indices));

    /// <summary>Log-probs with the value of the sampled codes and the gradient of all codes equivalent to them. [M]</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="codes">[M] the sampled codes.</param>
    internal Tensor Credit(Tensor logProbs, Tensor codes)
    {
        Tensor sampled = Codes.eq(codes.unsqueeze(-1));                                           // [M, T]
        Tensor token = Tokens.masked_fill(sampled.logical_not(), -1).amax([-1], keepdim: true);   // [M, 1], -1 outside the map
        Tensor own = logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1);
        Tensor marginal =
            logProbs.gather(-1, Codes).masked_fill(Tokens.ne(token), TokenDistribution.Never).logsumexp(-1);
        Tensor credited = where(sampled.any(-1), marginal, own);
        return own.detach() + (credited - credited.detach());
    }

    /// <summary>The most probable code of the most probable token of each state. [M]</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    internal Tensor MostProbable(Tensor logProbs)
    {
        Tensor some = logProbs.gather(-1, Codes);                                             // [M, T]
        Tensor equivalent = Tokens.unsqueeze(-1).eq(Tokens.unsqueeze(-2));                    // [M, T, T]
        Tensor mass = (equivalent.to(some.dtype) * some.exp().unsqueeze(-2)).sum(-1);         // [M, T]
        Tensor token = Tokens.gather(-1, mass.argmax(-1).unsqueeze(-1));                      // [M, 1]
        Tensor best = some.masked_fill(Tokens.ne(token), double.NegativeInfinity).argmax(-1);
        return Codes.gather(-1, best.unsqueeze(-1)).squeeze(-1);
    }
}
