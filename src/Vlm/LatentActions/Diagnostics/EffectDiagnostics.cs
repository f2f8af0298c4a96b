using Vlm.Engine;
using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Compares a policy over codes with one over tokens, token by token of given answers; without gradients.</summary>
public static class EffectDiagnostics
{
    // The token policy's most probable tokens, from which the best policy over codes is made.
    private const int Likeliest = 8;

    /// <summary>Measures every token of the answers.</summary>
    /// <remarks>
    /// The best policy: pi*(a | h) = sum over the 8 most probable x of p(x | h), renormalised, of q(a | h, x), where q is the inverse
    /// dynamics model with x read after h.
    /// </remarks>
    /// <param name="latent">A base with its codes.</param>
    /// <param name="tokens">The model whose choice of tokens is compared with; its tokenizer must be the base's.</param>
    /// <param name="answers">Prompts with the tokens of their answers, as targets.</param>
    /// <param name="together">Answers read in one pass, 1 or more.</param>
    /// <returns>A place for each token, in order.</returns>
    public static IReadOnlyList<EffectPlace> Of(
        LatentCheckpoint latent, IVisionLanguageModel tokens, IReadOnlyList<Rollout> answers, int together = 16)
    {
        using var off = no_grad();
        CodeModules modules = latent.Policy().Latent;
        return [.. answers.Index().Chunk(together).SelectMany(part =>
        {
            using var scope = NewDisposeScope();
            return Measure(modules, tokens, [.. part.Select(item => item.Item)], part[0].Index).ToArray();
        })];
    }

    private static IEnumerable<EffectPlace> Measure(
        CodeModules latent, IVisionLanguageModel model, Rollout[] answers, int first)
    {
        RolloutLayout layout = RolloutLayout.Arrange(answers);
        (Tensor features, Func<Tensor> world) = LatentScorer.Features(latent, latent.Modules.Policy, layout, learnBase: false);
        Tensor at = tensor(layout.ActionPlaces(out long[] labels, out _)).On(features.device);
        Tensor states = LatentScorer.Picked(world(), at), wanted = tensor(labels).On(at.device);
        Tensor policy = LatentScorer.Distribution(latent, new Sampling(), LatentScorer.Picked(features, at), () => states).exp();  // [M, K]
        Tensor own = RolloutScorer.Score(model, answers, new Sampling(), [], latent.Bans).Actions.All!.LogProbs;                   // [M, V]
        Tensor best = Best(latent, answers, own);                                                                               // [M, K]
        Codes codes = OfCodes(latent, states, wanted);
        Tensor entropy = -(own.exp() * own).sum(-1), right = own.argmax(-1);
        (long[] chosen, long[] bestChosen, long[] baseChosen) = (codes.Token(policy), codes.Token(best), Numbers(right));
        (double[] cost, double[] bestCost, double[] policyCost) = (Doubles(-own.gather(-1, wanted.unsqueeze(-1)).squeeze(-1)),
            codes.Cost(best), codes.Cost(policy));
        (double[] nats, long[][] reach) = (Doubles(entropy), codes.Reachable);
        int place = 0;
        foreach ((int number, Rollout answer) in answers.Index())
            for (int t = 0; t < answer.Tokens.Length; t++, place++)
                yield return new EffectPlace(first + number, t, cost[place], bestCost[place], policyCost[place],
                    chosen[place] == baseChosen[place], bestChosen[place] == baseChosen[place], chosen[place] == labels[place],
                    nats[place], reach[place].Length, reach[place].Contains(labels[place]));
    }

    // Each of a place's likeliest tokens is read after it, as an answer of its own.
    private static Tensor Best(CodeModules latent, Rollout[] answers, Tensor own)
    {
        if (latent.Modules.Config.HasFixedCodes)
            return Shared(latent, own);
        (Tensor logProbs, Tensor tokens) = own.topk(Math.Min(Likeliest, (int)own.shape[1]), -1);                  // [M, 8]
        Tensor inferred = Inferred(latent, answers, tokens);                                                        // [M, 8, K]
        return (logProbs.softmax(-1).unsqueeze(-1) * inferred).sum(1);
    }

    // Each token's own code is known.
    private static Tensor Shared(CodeModules latent, Tensor own)
    {
        Tensor codes = latent.Modules.FixedCodes(arange(own.shape[1], device: own.device)).unsqueeze(0).expand_as(own);
        return zeros([own.shape[0], latent.Modules.Config.Codes], own.dtype, own.device).scatter_add_(-1, codes, own.exp());
    }

    private static Tensor Inferred(CodeModules latent, Rollout[] answers, Tensor tokens)
    {
        (long[] each, int several, int place) = (Numbers(tokens), (int)tokens.shape[1], 0);
        var read = new List<Tensor>();
        foreach (Rollout answer in answers)
        {
            using var scope = NewDisposeScope();
            // The state behind the token predicts one more, which stands for nothing.
            Rollout[] continued = [.. Enumerable.Range(0, answer.Tokens.Length).SelectMany(t => Enumerable.Range(0, several).Select(k =>
            {
                int[] so = [.. answer.Tokens[..t], (int)each[((place + t) * several) + k], answer.Tokens[t]];
                return answer with { Tokens = so, Actions = so };
            }))];
            place += answer.Tokens.Length;
            var layout = RolloutLayout.Arrange(continued);
            (Tensor features, _) = LatentScorer.Features(latent, latent.Modules.Inverse, layout, learnBase: false);
            Tensor last = tensor(continued.Index().Select(item => ((long)item.Index * layout.Longest) + item.Item.Tokens.Length - 1).ToArray());
            read.Add(latent.Modules.Inverse.Logits(LatentScorer.Picked(features, last.On(features.device))).softmax(-1).MoveToOuterDisposeScope());
        }
        return cat(read, 0).view(tokens.shape[0], several, -1);
    }

    private static Codes OfCodes(CodeModules latent, Tensor states, Tensor labels)
    {
        (LatentModules modules, int K) = (latent.Modules, latent.Modules.Config.Codes);
        Tensor map = modules.MostProbableTokens(latent.Still, states, modules.Config.ReadOut, latent.Bans);         // [M, K]
        Tensor of = modules.Config.World == WorldForm.Identity
            ? where(arange(K, device: labels.device).unsqueeze(0).eq(labels.unsqueeze(-1)), 0f, TokenDistribution.Never)
            : modules.LogProbsOf(latent.Still, states, arange(K, device: states.device).unsqueeze(0).expand(states.shape[0], -1), labels);
        return new Codes(map, of, latent.Still.VocabSize);
    }

    private static long[] Numbers(Tensor x) => [.. x.contiguous().cpu().data<long>()];

    private static double[] Doubles(Tensor x) => [.. x.to(ScalarType.Float64).contiguous().cpu().data<double>()];

    // [M, K] what each code decodes to, and the log-prob of the answer's token under it.
    private sealed record Codes(Tensor Map, Tensor LogProbs, int VocabSize)
    {
        internal double[] Cost(Tensor policy) => Doubles(-((policy + 1e-30).log() + LogProbs).logsumexp(-1));

        // The most probable token, summed over codes.
        internal long[] Token(Tensor policy) => Numbers(
            zeros([Map.shape[0], VocabSize], policy.dtype, policy.device).scatter_add_(-1, Map, policy).argmax(-1));

        internal long[][] Reachable => [.. Numbers(Map).Chunk((int)Map.shape[1]).Select(tokens => tokens.Distinct().ToArray())];
    }
}
