using TorchSharp;
using Vlm.LatentActions;
using Vlm.Models;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>How much of a policy over tokens is left in one over codes.</summary>
public sealed class EffectReportTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Two answers of two tokens and one: costs .1 .3 .2 under tokens, .3 .4 .2 at best, .9 .4 .5 under the policy.
    [Fact]
    public void Gaps_agreement_and_coverage_are_sums_over_places()
    {
        EffectPlace[] places =
        [
            new(0, 0, 0.1, 0.3, 0.9, true, true, true, 0.2, 3, true), new(0, 1, 0.3, 0.4, 0.4, false, true, false, 0.9, 2, false),
            new(1, 0, 0.2, 0.2, 0.5, true, true, false, 0.6, 5, true),
        ];

        var report = EffectReport.Of(places);

        Assert.Equal(3, report.Places);
        Assert.Equal(0.2, report.BaseCost, 1e-12);
        Assert.Equal(0.1, report.RepresentationGap, 1e-12);
        Assert.Equal(0.3, report.CloningGap, 1e-12);
        Assert.Equal((2.0 / 3, 1, 1.0 / 3), (report.Agreement, report.BestAgreement, report.Accuracy));
        Assert.Equal((0.5, 3.5, 0.5), (report.Coverage, report.Reachable, report.ReachableAnswers));
        Assert.Equal(["representation_gap", "cloning_gap", "effect_agreement", "best_effect_agreement", "effect_accuracy",
            "reachable_answers"], EffectReport.Of(places[..1]).Named().Select(item => item.Name));
    }

    // A branch over tokens is the base: nothing is lost, everything is in reach.
    [Fact]
    public void Codes_that_are_tokens_lose_nothing()
    {
        VlmCheckpoint vlm = TinyLatent.Family("tiny_smolvlm");
        LatentCheckpoint latent = LatentCheckpoint.New(vlm, new LatentConfig
        {
            Codes = vlm.Model.VocabSize,
            PolicyLayers = 1,
            Policy = PolicyForm.Branch,
            World = WorldForm.Identity,
        }, seed: 1);
        Rollout[] answers = Answers(vlm);

        var report = EffectReport.Of(EffectDiagnostics.Of(latent, vlm.Model, answers, together: 1));

        Assert.Equal(answers.Sum(answer => answer.Tokens.Length), report.Places);
        Assert.Equal(0, report.RepresentationGap + report.CloningGap, 1e-3);
        Assert.Equal((1, 1), (report.Agreement, report.ReachableAnswers));
    }

    // Each place once more, by hand: the policy's mixture, and the best one with the inverse model read after each likely token.
    [Fact]
    public void Places_are_what_one_pass_over_each_sequence_gives()
    {
        LatentCheckpoint latent = TinyLatent.Latent("tiny_smolvlm");
        (LatentModules modules, IVisionLanguageModel model) = (latent.Modules, latent.Base.Model);
        Rollout[] answers = Answers(latent.Base);

        IReadOnlyList<EffectPlace> places = EffectDiagnostics.Of(latent, model, answers);

        using var off = no_grad();
        Tensor bans = latent.Policy().Latent.Bans;
        int K = modules.Config.Codes;
        foreach (EffectPlace place in places.Where(place => place.Token < 3))
        {
            Rollout answer = answers[place.Answer];
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(model, modules, answer.Prompt, answer.Tokens[..place.Token]);
            Tensor h = states[^1].unsqueeze(0), own = (model.Logits(h)[0] + bans).log_softmax(-1);
            long[] map = [.. modules.MostProbableTokens(model, h, modules.Config.ReadOut, bans).flatten().data<long>()];
            double[] under = [.. Enumerable.Range(0, K).Select(k =>
                (double)modules.Tokens(model, h[0], tensor((long)k)).log_softmax(-1)[answer.Tokens[place.Token]].item<float>())];
            double[] pi = [.. logits[^1].softmax(-1).data<float>().Select(value => (double)value)], best = Best(answer, place.Token, own);
            Assert.Equal(-own[answer.Tokens[place.Token]].item<float>(), place.BaseCost, 1e-3);
            Assert.Equal(Cost(pi), place.PolicyCost, 1e-3);
            Assert.Equal(Cost(best), place.BestCost, 1e-3);
            Assert.Equal(own.argmax().item<long>() == Token(pi), place.Agrees);
            Assert.Equal(map.Distinct().Count(), place.Reachable);
            Assert.Equal(map.Contains(answer.Tokens[place.Token]), place.Reaches);

            double Cost(double[] policy) => -Math.Log(Enumerable.Range(0, K).Sum(k => policy[k] * Math.Exp(under[k])));

            long Token(double[] policy) => map.Zip(policy).GroupBy(item => item.First, item => item.Second).MaxBy(group => group.Sum())!.Key;
        }

        double[] Best(Rollout answer, int t, Tensor own)
        {
            (Tensor logProbs, Tensor tokens) = own.topk(8, -1);
            double[] shares = [.. logProbs.softmax(-1).data<float>().Select(value => (double)value)], sum = new double[K];
            foreach ((int i, long token) in tokens.data<long>().ToArray().Index())
            {
                Prompt whole = answer.Prompt with { Tokens = [.. answer.Prompt.Tokens, .. answer.Tokens[..t], (int)token] };
                (LatentView view, int[] lengths) = LatentView.Of(model, [whole]);
                float[] q = [.. StageCodes.InverseLogits(modules, view, lengths)[0, ^1].softmax(-1).data<float>()];
                for (int k = 0; k < K; k++)
                    sum[k] += shares[i] * q[k];
            }
            return sum;
        }
    }

    private static Rollout[] Answers(VlmCheckpoint vlm) => [.. TinyLatent.Mixed(vlm).Select((prompt, i) =>
    {
        int[] tokens = [.. Enumerable.Range(0, 3 + i).Select(t => 5 + (7 * t) + i)];
        return new Rollout(prompt, 0, tokens, tokens, new float[tokens.Length], "", StopReason.EndOfSequence);
    })];
}
