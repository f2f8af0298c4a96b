using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What an advantage is credited to.</summary>
public enum CodeCredit
{
    /// <summary>The code that was drawn.</summary>
    Drawn,

    /// <summary>
    /// All codes that lead to the same token, as likely as each was. States depend on tokens and never on codes, so which of
    /// these codes was drawn has no effect on any reward: the gradient is the same in the mean, without the noise of drawing
    /// among them. It costs the world model's answer to every code in every state.
    /// </summary>
    Effect,
}

/// <summary>What a policy over codes is surest of.</summary>
public enum GreedyCode
{
    /// <summary>The likeliest code, as released.</summary>
    Code,

    /// <summary>
    /// The likeliest code of the likeliest token: a token that many codes lead to is not missed because each of them alone is
    /// less likely than another token's only one. It costs the world model's answer to every code.
    /// </summary>
    Effect,
}

/// <summary>Codes that lead to the same token, taken together.</summary>
/// <remarks>
/// Credit: the conditional mean of the score over the codes of one effect, given the effect (Rao and Blackwell):
/// <code>
/// C(x) = the codes whose token is x      grad log sum over C(x) of pi(k) = sum over C(x) of pi(k) / pi(C(x)) grad log pi(k)
/// </code>
/// In value they are still those of the codes drawn, which the sampler gave, so that ratios begin at 1.
/// </remarks>
internal static class Effects
{
    /// <summary>The [M] log-probs.</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="codes">[M] drawn.</param>
    /// <param name="effects">[M, K] the token that each code leads to.</param>
    internal static Tensor Credit(Tensor logProbs, Tensor codes, Tensor effects)
    {
        Tensor drawn = codes.unsqueeze(-1);
        Tensor other = effects.ne(effects.gather(-1, drawn));
        Tensor effect = logProbs.masked_fill(other, TokenDistribution.Never).logsumexp(-1);
        return logProbs.gather(-1, drawn).squeeze(-1).detach() + (effect - effect.detach());
    }

    /// <summary>The [M] likeliest codes of the likeliest effects.</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="effects">[M, K] the token that each code leads to.</param>
    internal static Tensor Surest(Tensor logProbs, Tensor effects)
    {
        Tensor alike = effects.unsqueeze(-1).eq(effects.unsqueeze(-2));                       // [M, K, K]
        Tensor mass = (alike.to(logProbs.dtype) * logProbs.exp().unsqueeze(-2)).sum(-1);      // [M, K]
        Tensor best = effects.gather(-1, mass.argmax(-1).unsqueeze(-1));                      // [M, 1]
        return logProbs.masked_fill(effects.ne(best), double.NegativeInfinity).argmax(-1);
    }
}
