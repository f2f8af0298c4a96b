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
    /// among them. It costs the world model's answer to the likeliest codes of every state, see <see cref="CodeEffects.Most"/>.
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
    /// less likely than another token's only one. It costs the world model's answer to the likeliest codes.
    /// </summary>
    Effect,
}

/// <summary>Codes that lead to the same token, taken together.</summary>
/// <remarks>
/// Credit: the conditional mean of the score over the codes of one effect, given the effect (Rao and Blackwell):
/// <code>
/// C(x) = the codes whose token is x      grad log sum over C(x) of pi(k) = sum over C(x) of pi(k) / pi(C(x)) grad log pi(k)
/// </code>
/// In value they are still those of the codes drawn, which the sampler gave, so that ratios begin at 1. Any split of the codes
/// into classes keeps the mean, so a code that is none of the likeliest is a class of its own.
/// </remarks>
/// <param name="Codes">[M, T] the likeliest codes of each state.</param>
/// <param name="Tokens">[M, T] where each leads.</param>
internal sealed record CodeEffects(Tensor Codes, Tensor Tokens)
{
    /// <summary>Of how many codes of a state the effect is asked: the rest together seldom have a hundredth.</summary>
    internal const int Most = 16;

    /// <summary>Asks the world model.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base.</param>
    /// <param name="states">[M, H]</param>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="bans">[V] added to logits.</param>
    internal static CodeEffects Of(
        LatentModules modules, IVisionLanguageModel model, Tensor states, Tensor logProbs, Tensor? bans)
    {
        using var off = no_grad();
        Tensor codes = logProbs.topk((int)Math.Min(Most, logProbs.shape[^1]), -1).indexes;
        return new CodeEffects(codes, modules.Effects(model, states, modules.Config.ReadOut, bans, codes));
    }

    /// <summary>The same of states in another order, some of them more than once.</summary>
    internal CodeEffects At(Tensor places) => new(Codes.index_select(0, places), Tokens.index_select(0, places));

    /// <summary>The [M] log-probs.</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="codes">[M] drawn.</param>
    internal Tensor Credit(Tensor logProbs, Tensor codes)
    {
        Tensor drawn = Codes.eq(codes.unsqueeze(-1));                                         // [M, T]
        Tensor token = Tokens.masked_fill(drawn.logical_not(), -1).amax([-1], keepdim: true);   // [M, 1], -1 for none of them
        Tensor own = logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1);
        Tensor together = logProbs.gather(-1, Codes).masked_fill(Tokens.ne(token), TokenDistribution.Never).logsumexp(-1);
        Tensor credited = where(drawn.any(-1), together, own);
        return own.detach() + (credited - credited.detach());
    }

    /// <summary>The [M] likeliest codes of the likeliest effects.</summary>
    /// <param name="logProbs">[M, K] of all codes.</param>
    internal Tensor Surest(Tensor logProbs)
    {
        Tensor some = logProbs.gather(-1, Codes);                                             // [M, T]
        Tensor alike = Tokens.unsqueeze(-1).eq(Tokens.unsqueeze(-2));                         // [M, T, T]
        Tensor mass = (alike.to(some.dtype) * some.exp().unsqueeze(-2)).sum(-1);              // [M, T]
        Tensor best = Tokens.gather(-1, mass.argmax(-1).unsqueeze(-1));                       // [M, 1]
        Tensor surest = some.masked_fill(Tokens.ne(best), double.NegativeInfinity).argmax(-1);
        return Codes.gather(-1, surest.unsqueeze(-1)).squeeze(-1);
    }
}
