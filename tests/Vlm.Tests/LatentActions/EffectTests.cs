using TorchSharp;
using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>What choosing codes is as a choice of tokens; cloning by it, and asking for it no more than needed.</summary>
public sealed class EffectTests : IDisposable
{
    private static readonly Sampling Some = new() { MaxNewTokens = 6 };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SmolVlmModel _model = TinyModel.Create();

    public void Dispose() => _scope.Dispose();

    // Codes .5 .3 .2; the first and the last lead to token 7: 7 has .7, 4 has .3. Entropy .7 x .356675 + .3 x 1.203973 = .610864.
    [Fact]
    public void Codes_of_one_token_are_one_choice()
    {
        var map = new CodeTokenMap(tensor(new long[] { 0, 1, 2 }).view(1, 3), tensor(new long[] { 7, 4, 7 }).view(1, 3));

        Tensor effects = map.Effects(tensor(new[] { 0.5, 0.3, 0.2 }).log().view(1, 3));

        LatentToy.Near([0.7, 0.3, 0], effects.flatten(), 1e-12);
    }

    // Each action once more, read at once and counted code by code.
    [Fact]
    public void A_policys_effects_are_those_of_its_codes()
    {
        LatentModules modules = TinyLatent.Modules(_model);
        LatentPolicy policy = TinyLatent.Policy(_model, modules);
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), 2, Some, new(3, 1));

        TokenEffects effects = policy.Effects(rollouts, Some);
        Tensor entropy = policy.EffectEntropy(rollouts, Some);

        using var off = no_grad();
        Assert.Equal([4L, 6L], entropy.shape);
        foreach ((int row, Rollout rollout) in rollouts.Index())
        {
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(_model, modules, rollout.Prompt, rollout.Tokens);
            for (int t = 0; t < 6; t++)
            {
                int at = rollout.Prompt.Tokens.Length - 1 + t;
                Tensor bans = zeros(_model.VocabSize);
                bans[TinyModel.Image] = TokenDistribution.Never;
                long[] map = [.. modules.MostProbableTokens(_model, states[at].unsqueeze(0), ReadOut.Delta, bans).flatten().data<long>()];
                float[] shares = [.. logits[at].softmax(-1).data<float>()];
                var wanted = map.Zip(shares).GroupBy(item => item.First, item => (double)item.Second).ToDictionary(g => g.Key, g => g.Sum());
                int place = row * 6 + t;
                Assert.Equal(place, effects.Places[place].item<long>());
                var found = effects.Tokens[place].data<long>().Zip(effects.Probabilities[place].data<float>().ToArray())
                    .Where(item => item.Second > 0).ToDictionary(item => item.First, item => (double)item.Second);
                Assert.Equal(wanted.Keys.Order(), found.Keys.Order());
                Assert.All(wanted, item => Assert.Equal(item.Value, found[item.Key], 1e-4));
                Assert.Equal(-wanted.Values.Sum(p => p * Math.Log(p)), entropy[row, t].item<float>(), 1e-4);
            }
        }
    }

    // A policy over tokens, and codes that are tokens, give the same effects.
    [Fact]
    public void Tokens_are_their_own_effects()
    {
        var modules = new LatentModules(_model.Sizes, new LatentConfig
        {
            Codes = _model.VocabSize,
            PolicyLayers = 1,
            Policy = PolicyForm.Branch,
            World = WorldForm.Identity,
        });
        modules.Initialise(5);
        modules.BranchFrom(_model);
        LatentPolicy codes = TinyLatent.Policy(_model, modules);
        var tokens = new TokenPolicy(_model, _ => "", []);
        Rollout[] rollouts = tokens.Sample(TinyModel.Prompts(2), 3, Some, new(3, 1));

        Tensor own = codes.EffectEntropy([.. rollouts.Select(rollout => rollout with { Actions = rollout.Tokens })], Some);

        Assert.InRange((own - tokens.EffectEntropy(rollouts, Some)).abs().max().item<float>(), 0, 1e-3);
        Assert.InRange((own - tokens.LogProbs(rollouts, Some).Entropy).abs().max().item<float>(), 0, 1e-3);
    }

    // log pi -.105361 (.9), -2.302585 (.1); p_w 1 and 0 in one position, .5 and .25 in the other:
    // -log .9 = .105361, -log(.45 + .025) = .744440; the mean .424901.
    [Fact]
    public void The_loss_of_tokens_through_codes_is_that_of_the_mixture()
    {
        Tensor policy = tensor(new[] { 0.9, 0.1, 0.9, 0.1 }).log().view(2, 2).requires_grad_();
        Tensor world = tensor(new[] { 1, 1e-30, 0.5, 0.25 }).log().view(2, 2);

        Tensor loss = LatentLosses.ThroughCodes(policy, world);
        loss.backward();

        Assert.Equal(0.424901, loss.item<double>(), 1e-6);
        LatentToy.Near([-0.5, 0, -0.473684, -0.026316], policy.grad!.flatten(), 1e-6);     // half of the posterior: .45 and .025 of .475
    }

    // Every code has a token of its own, sure under it: the mixture is cross-entropy, in value and gradient.
    [Fact]
    public void Where_each_code_has_its_own_token_the_mixture_is_cross_entropy()
    {
        Tensor logits = LatentToy.Normal(2, 6, 5).to(ScalarType.Float64).requires_grad_(), same = logits.detach().clone().requires_grad_();
        Tensor codes = tensor(new long[] { 0, 3, 1, 4, 2, 0 });
        Tensor world = full([6, 5], -1e9, ScalarType.Float64).scatter_(1, codes.unsqueeze(1), zeros([6, 1], ScalarType.Float64));

        Tensor mixture = LatentLosses.ThroughCodes(logits.log_softmax(-1), world), entropy = LatentLosses.CrossEntropy(same, codes);
        mixture.backward();
        entropy.backward();

        Assert.Equal(entropy.item<double>(), mixture.item<double>(), 1e-9);
        Assert.InRange((logits.grad! - same.grad!).abs().max().item<double>(), 0, 1e-9);
    }

    // KL((.8, .2) || (.5, .5)) = .8 log 1.6 + .2 log .4 = .192745, and 0 for equals.
    [Fact]
    public void The_rate_of_codes_is_what_the_state_does_not_foretell()
    {
        Tensor q = tensor(new[] { 0.8, 0.2, 0.3, 0.7 }).log().view(2, 2) + 3, pi = tensor(new[] { 0.5, 0.5, 0.3, 0.7 }).log().view(2, 2);

        Assert.Equal(0.192745 / 2, LatentLosses.Divergence(q, pi).item<double>(), 1e-6);
    }

    [Fact]
    public void Cloning_by_effect_asks_the_inverse_models_code_too_and_moves_the_policy_alone()
    {
        LatentModules modules = TinyLatent.Modules(_model, TinyLatent.Config with { Codes = 40 });
        LatentRows rows = LatentToy.Paired(_model);
        var objective = new LatentObjective { Cloning = CloningTarget.Effects };
        LatentStages.SetTrainable(LatentStage.Cloning, modules, _model);

        Tensor loss = LatentStages.Cloning(modules, _model, rows, null, objective).Loss;
        loss.backward();

        Assert.All(modules.Policy.parameters(), value => Assert.True(value.grad!.abs().max().item<float>() > 0));
        Assert.Equal(ByHand(), LatentToy.Number(loss), 1e-4);

        double ByHand()
        {
            using var off = no_grad();
            LatentView view = rows.WithImage!;
            Tensor pi = StageCodes.PolicyLogits(modules, view, rows.Lengths).softmax(-1);
            Tensor inverse = StageCodes.InverseLogits(modules, view, rows.Lengths).argmax(-1);
            var terms = new List<double>();
            for (int row = 0; row < 2; row++)
                for (int t = (int)rows.Labels.shape[1] - rows.Lengths[row]; t + 1 < rows.Labels.shape[1]; t++)
                    if (rows.Labels[row, t + 1].item<long>() is >= 0 and var next)
                    {
                        float[] shares = [.. pi[row, t].data<float>()];
                        long must = inverse[row, t].item<long>();
                        int[] some = [.. Enumerable.Range(0, 40).OrderByDescending(k => k == must ? 2 : shares[k]).Take(CodeTokenMap.TopCodes)];
                        terms.Add(-Math.Log(some.Sum(k => shares[k] * Math.Exp(
                            modules.Tokens(_model, view.States[row, t], tensor((long)k)).log_softmax(-1)[next].item<float>()))));
                    }
            return terms.Average();
        }
    }

    // A few steps lower the mixture's cost, where copying codes does not aim at it.
    [Fact]
    public void Cloning_by_effect_lowers_what_tokens_cost_through_the_policy()
    {
        LatentModules modules = TinyLatent.Modules(_model);
        LatentRows rows = LatentToy.Paired(_model);
        var objective = new LatentObjective { Cloning = CloningTarget.Effects };
        Parameter[] learning = [.. LatentStages.SetTrainable(LatentStage.Cloning, modules, _model).Select(item => item.Value)];
        using var optimizer = optim.AdamW(learning, 3e-3, weight_decay: 0);
        var costs = new List<double>();
        for (int step = 0; step < 40; step++)
        {
            optimizer.zero_grad();
            Tensor loss = LatentStages.Cloning(modules, _model, rows, null, objective).Loss;
            costs.Add(LatentToy.Number(loss));
            loss.backward();
            optimizer.step();
        }

        Assert.True(costs[^1] < 0.85 * costs[0], $"{costs[0]} to {costs[^1]}");
    }

    [Fact]
    public void With_a_rate_the_joint_stage_trains_the_policy_along()
    {
        LatentModules modules = TinyLatent.Modules(_model);
        (LatentRows paired, LatentRows text) = (LatentToy.Paired(_model), LatentToy.TextAlone(_model));
        var rated = new LatentObjective { Rate = 0.5 };

        var trained = LatentStages.SetTrainable(LatentStage.Joint, modules, _model, rated);
        (Tensor loss, LatentParts parts) = LatentStages.Joint(modules, _model, paired, text, rated, LatentToy.Noise());
        (Tensor plain, LatentParts without) = LatentStages.Joint(modules, _model, paired, text, new LatentObjective(), LatentToy.Noise());
        (loss - plain).backward();

        Assert.Contains(trained, item => item.Name.StartsWith("policy.", StringComparison.Ordinal));
        Assert.DoesNotContain(LatentStages.SetTrainable(LatentStage.Joint, modules, _model), item => item.Name.StartsWith("policy.", StringComparison.Ordinal));
        Assert.Null(without.PairedRate);
        Assert.True(LatentToy.Number(parts.PairedRate!) > 0 && LatentToy.Number(parts.TextRate!) > 0);
        Assert.Equal(0.5 * (LatentToy.Number(parts.PairedRate!) + LatentToy.Number(parts.TextRate!)), LatentToy.Number(loss - plain), 1e-5);
    }

    // From a table of what codes add, instead of from their embeddings.
    [Theory]
    [InlineData(ReadOut.Delta)]
    [InlineData(ReadOut.Residual)]
    [InlineData(ReadOut.LastBlock)]
    public void A_table_merges_as_embeddings_do(ReadOut readOut)
    {
        LatentModules modules = TinyLatent.Modules(_model, TinyLatent.Config with { ReadOut = readOut });
        using var off = no_grad();
        Tensor states = LatentToy.Normal(3, 7, _model.Sizes.Attention.HiddenSize), codes = tensor(new long[] { 0, 11, 3, 3, 5, 1, 0 });

        Tensor wanted = modules.World.Forward(states, modules.Codebook.Of(codes), _model.Norm, readOut);
        Tensor found = modules.World.Forward(states, codes, modules.Table()!, _model.Norm, readOut);

        Assert.InRange((wanted - found).abs().max().item<float>(), 0, 1e-6f * Math.Max(1, wanted.abs().max().item<float>()));
    }

    // 12 codes, 2 blocks, inside 48 wide: 2 x 12 x 48 x 2 numbers of 4 bytes = 9,216.
    [Fact]
    public void A_table_that_does_not_fit_says_its_size()
    {
        var sizes = _model.Sizes with { IntermediateSize = 11008 };
        LatentConfig many = TinyLatent.Config with { Codes = 65536 };
        TableMemory.Check(many, sizes, available: 100_000_000_000);
        TableMemory.Check(new LatentConfig { World = WorldForm.Identity, Codes = 1 << 20 }, sizes, available: 1);

        UsageException refused = Assert.Throws<UsageException>(() => TableMemory.Check(many, sizes, available: 8_000_000_000));

        Assert.Equal("what 65536 codes add to 2 blocks of width 11008 is a table of 11.5 GB, and there are 8.0 GB of memory", refused.Message);
        Assert.Equal("latent_actions.json, \"codes\"", refused.Where);
        Assert.Equal("fewer codes, or a machine with more memory", refused.Fix);
    }

    // Shares .5 .3 .15 .05: half of the probability is there at once, .9 with three of them, .96 with all four.
    [Theory]
    [InlineData(2, 2, 16, 4)]
    [InlineData(0.6, 2, 16, 4)]
    [InlineData(0.5, 2, 16, 0)]
    [InlineData(2, 0.5, 16, 1)]
    [InlineData(2, 0.9, 16, 3)]
    [InlineData(2, 0.96, 16, 4)]
    public void A_gate_says_how_many_codes_are_asked(double below, double mass, int most, int expected) =>
        Assert.Equal([expected], new CodeGate(below, mass, most).Counts(tensor(new[] { 0.5, 0.3, 0.15, 0.05 }).view(1, 4)));

    // The gate decides what is asked, never what it says: what was asked is as without a gate, the rest is each its own class.
    [Fact]
    public void A_gate_leaves_what_it_asks_as_it_is()
    {
        LatentModules modules = TinyLatent.Modules(_model, TinyLatent.Config with { Codes = 40 });
        using var off = no_grad();
        Tensor states = LatentToy.Normal(3, 9, _model.Sizes.Attention.HiddenSize);
        Tensor logProbs = (LatentToy.Normal(5, 9, 40) * arange(9).unsqueeze(1)).log_softmax(-1);     // even to sure

        var open = CodeTokenMap.Of(_model, modules, states, logProbs, null, CodeGate.Open);
        var gated = CodeTokenMap.Of(_model, modules, states, logProbs, null, new CodeGate(0.9, 0.8, 16));

        int[] counts = new CodeGate(0.9, 0.8, 16).Counts(logProbs.topk(16, -1).values.exp());
        Assert.True(counts.Distinct().Count() > 3, string.Join(' ', counts));
        for (int row = 0; row < 9; row++)
            for (int k = 0; k < 16; k++)
                if (k < counts[row])
                    Assert.Equal(open.Tokens[row, k].item<long>(), gated.Tokens[row, k].item<long>());
                else if (gated.Tokens[row, k].item<long>() is var token && token != open.Tokens[row, k].item<long>())
                    Assert.Equal(-2 - open.Codes[row, k].item<long>(), token);
        var half = CodeTokenMap.Of(_model, modules, states, logProbs, null, CodeGate.Majority);
        Assert.Equal(open.MostProbable(logProbs).data<long>().ToArray(), half.MostProbable(logProbs).data<long>().ToArray());
    }

    [Fact]
    public void A_policy_that_asks_everywhere_credits_as_before_and_a_closed_gate_the_sampled_code_alone()
    {
        LatentModules modules = TinyLatent.Modules(_model);
        var credit = new LatentPolicyOptions { Credit = CodeCredit.MarginalisedOverEquivalentCodes };

        float[] full = Gradient(credit), open = Gradient(credit with { CreditBelow = 1, CreditMass = 1 });
        float[] closed = Gradient(credit with { CreditBelow = 1e-6 }), sampled = Gradient(new());

        Assert.Equal(full, open);
        Assert.Equal(sampled, closed);
        Assert.NotEqual(full, sampled);

        float[] Gradient(LatentPolicyOptions options)
        {
            LatentPolicy policy = TinyLatent.Policy(_model, modules, options: options);
            Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), 3, Some, new(3, 1));
            foreach (Parameter value in modules.parameters())
                value.grad = null;
            policy.LogProbs(rollouts, Some).LogProbs.sum().backward();
            return [.. modules.Policy.parameters().SelectMany(value => value.grad!.data<float>().ToArray())];
        }
    }
}
