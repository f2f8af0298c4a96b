using Vlm.Engine;
using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Which codes of a state are asked for their tokens.</summary>
/// <param name="Below">None, where the most probable code has this probability or more; above 1 asks everywhere.</param>
/// <param name="Mass">The most probable ones, until they have this much of the probability together.</param>
/// <param name="Most">No more than this many.</param>
internal sealed record CodeGate(double Below, double Mass, int Most)
{
    /// <summary>The most probable codes of every state: 16, as the remaining ones seldom have 1 % of the probability together.</summary>
    internal static CodeGate Open { get; } = new(2, 2, CodeTokenMap.TopCodes);

    /// <summary>
    /// Only where no code has half of the probability: where one has, its token has it too, and is the most probable one.
    /// </summary>
    internal static CodeGate Majority { get; } = Open with { Below = 0.5 };

    /// <summary>How many codes of each state are asked.</summary>
    /// <param name="probabilities">[M, T] falling.</param>
    /// <returns>M numbers from 0 to T.</returns>
    internal int[] Counts(Tensor probabilities)
    {
        Tensor before = probabilities.cumsum(-1) - probabilities;
        Tensor count = before.lt(Mass).sum(-1).masked_fill_(probabilities.select(-1, 0).ge(Below), 0);
        return [.. count.cpu().data<long>().Select(each => (int)each)];
    }
}

/// <summary>Which token each of a state's most probable codes decodes to, to marginalise over equivalent codes.</summary>
/// <remarks>
/// The gradient is the conditional mean of the score function over the codes of one token (Rao-Blackwell):
/// <code>
/// C(x) = the codes that decode to token x
/// grad log sum over C(x) of pi(k) = sum over C(x) of pi(k) / pi(C(x)) grad log pi(k)
/// </code>
/// The values stay the log-probs of the sampled codes, as the sampler returned them, so that importance ratios begin at 1. Any
/// partition of the codes into classes keeps the mean, so a code that is not asked is a class of its own.
/// </remarks>
/// <param name="Codes">[M, T] the most probable codes of each state, the most probable first.</param>
/// <param name="Tokens">[M, T] the token that each decodes to; below 0, and of this code alone, where it was not asked.</param>
internal sealed record CodeTokenMap(Tensor Codes, Tensor Tokens)
{
    /// <summary>T at most.</summary>
    internal const int TopCodes = 16;

    private const long Outside = long.MinValue;

    /// <summary>Decodes the most probable codes of each state with the world model.</summary>
    /// <param name="model">The base.</param>
    /// <param name="modules">The latent modules.</param>
    /// <param name="states">[M, H]</param>
    /// <param name="logProbs">[M, K] of all codes.</param>
    /// <param name="bans">[V] added to logits.</param>
    /// <param name="gate">Which are asked.</param>
    internal static CodeTokenMap Of(
        IVisionLanguageModel model, LatentModules modules, Tensor states, Tensor logProbs, Tensor? bans, CodeGate gate)
    {
        using var off = no_grad();
        (Tensor top, Tensor codes) = logProbs.topk((int)Math.Min(gate.Most, logProbs.shape[^1]), -1);
        Tensor tokens = -2 - codes;
        int[] counts = gate.Counts(top.exp());
        int widest = (int)codes.shape[1];
        // States that ask about as many codes are decoded together: no wider than twice what they ask.
        for ((int above, int to) = (0, Math.Min(2, widest)); above < widest; (above, to) = (to, Math.Min(2 * to, widest)))
        {
            long[] some = [.. counts.Index().Where(item => item.Item > above && item.Item <= to).Select(item => (long)item.Index)];
            if (some.Length == 0)
                continue;
            Tensor rows = tensor(some).On(codes.device);
            Tensor asked = codes.index_select(0, rows).narrow(1, 0, to);
            Tensor found = modules.MostProbableTokens(model, states.index_select(0, rows), modules.Config.ReadOut, bans, asked);
            tokens.narrow(1, 0, to).index_copy_(0, rows, found);
        }
        return new CodeTokenMap(codes, tokens);
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
        Tensor token = Tokens.masked_fill(sampled.logical_not(), Outside).amax([-1], keepdim: true);   // [M, 1]
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
        Tensor token = Tokens.gather(-1, Mass(some).argmax(-1).unsqueeze(-1));                // [M, 1]
        Tensor best = some.masked_fill(Tokens.ne(token), double.NegativeInfinity).argmax(-1);
        return Codes.gather(-1, best.unsqueeze(-1)).squeeze(-1);
    }

    /// <summary>
    /// The distribution over tokens that the policy's choice of codes is: a row of the result has each token of <see cref="Tokens"/>
    /// once, with the probability of all codes that decode to it, and 0 where it stands again. [M, T]
    /// </summary>
    /// <remarks>Normalised over the T codes.</remarks>
    /// <param name="logProbs">[M, K] of all codes.</param>
    internal Tensor Effects(Tensor logProbs)
    {
        Tensor some = logProbs.gather(-1, Codes);
        Tensor mass = Mass(some - some.logsumexp(-1, keepdim: true));
        Tensor earlier = Alike().tril(-1).any(-1);                                            // the token stood before
        return mass.masked_fill(earlier, 0);
    }

    // The probability of each code's token, over all codes of the map that decode to it. [M, T]
    private Tensor Mass(Tensor logProbs) => (Alike().to(logProbs.dtype) * logProbs.exp().unsqueeze(-2)).sum(-1);

    private Tensor Alike() => Tokens.unsqueeze(-1).eq(Tokens.unsqueeze(-2));                  // [M, T, T]
}
