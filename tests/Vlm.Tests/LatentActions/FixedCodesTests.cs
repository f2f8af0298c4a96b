using TorchSharp;
using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>Controls: codes that are tokens, codes that are classes of tokens, and a policy that starts from the base's own choice.</summary>
public sealed class FixedCodesTests : IDisposable
{
    private static readonly Sampling Some = new() { MaxNewTokens = 6 };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SmolVlmModel _model = TinyModel.Create();

    public void Dispose() => _scope.Dispose();

    // A branch over tokens is the base at first: the same answers from the same numbers, the same log-probs, and for its copy of the
    // last layer, final norm and output layer the same gradient.
    [Fact]
    public void Codes_that_are_tokens_give_the_token_policys_answers_and_gradients()
    {
        LatentModules modules = Identity(PolicyForm.Branch);
        LatentPolicy codes = TinyLatent.Policy(_model, modules);
        var tokens = new TokenPolicy(_model, ids => string.Join(' ', ids), []);
        foreach ((_, Parameter value) in _model.Parameters)
            value.requires_grad = true;

        Rollout[] sampled = codes.Sample(TinyModel.Prompts(3), 4, Some, new(7, 1)), same = tokens.Sample(TinyModel.Prompts(3), 4, Some, new(7, 1));
        Tensor own = Weighted(codes.LogProbs(sampled, Some)), theirs = Weighted(tokens.LogProbs(sampled, Some));
        own.backward();
        theirs.backward();

        Assert.Equal(same.Select(rollout => rollout.Text), sampled.Select(rollout => rollout.Text));
        Assert.All(sampled, rollout => Assert.Equal(rollout.Tokens, rollout.Actions));
        Assert.Equal(theirs.item<float>(), own.item<float>(), 1e-4);
        var wanted = _model.Parameters.ToDictionary(item => item.Name, item => item.Value.grad);
        foreach ((string name, Parameter value) in modules.Policy.named_parameters().Select(item => (item.name, item.parameter)))
        {
            string there = name == "head.weight" ? "lm_head.weight"
                : $"model.text_model.{name.Replace("layers.0", "layers.1", StringComparison.Ordinal)}";
            Tensor expected = wanted[there]!;
            Assert.InRange((expected - value.grad!).abs().max().item<float>(), 0, 1e-5f * Math.Max(1, expected.abs().max().item<float>()));
        }

        // Rewards that differ, as advantages do.
        static Tensor Weighted(ActionLogProbs scored) =>
            (scored.LogProbs * arange(scored.LogProbs.shape[0], ScalarType.Float32).unsqueeze(1).sin()).sum();
    }

    [Fact]
    public void A_banned_token_is_a_banned_code()
    {
        LatentModules modules = Identity(PolicyForm.Layers);
        using var off = no_grad();
        modules.Policy.Head[TinyModel.Image] = modules.Policy.Head[TinyModel.Image] * 0 + 50;

        Rollout[] sampled = TinyLatent.Policy(_model, modules).Sample(TinyModel.Prompts(4), 8, Some, new(7, 1));

        Assert.DoesNotContain(TinyModel.Image, sampled.SelectMany(rollout => rollout.Actions));
        Assert.All(sampled, rollout => Assert.Equal(rollout.Tokens, rollout.Actions));
    }

    // Classes by remainder; counted by hand from the base's logits.
    [Fact]
    public void A_class_decodes_to_the_bases_most_probable_token_of_it()
    {
        const int K = 5;
        LatentModules modules = Classes(K);
        Prompt[] prompts = TinyModel.Prompts(3);

        Rollout[] sampled = TinyLatent.Policy(_model, modules).Sample(prompts, 6, Some, new(7, 1));

        using var off = no_grad();
        foreach (Rollout rollout in sampled)
        {
            (_, Tensor states) = TinyLatent.AtOnce(_model, modules, rollout.Prompt, rollout.Tokens);
            foreach ((int t, int code) in rollout.Actions.Index())
            {
                float[] logits = [.. _model.Logits(states[rollout.Prompt.Tokens.Length - 1 + t]).data<float>()];
                int best = Enumerable.Range(0, logits.Length).Where(id => id % K == code && id != TinyModel.Image).MaxBy(id => logits[id]);
                Assert.Equal(best, rollout.Tokens[t]);
            }
        }
        Assert.Equal(Enumerable.Range(0, K), sampled.SelectMany(rollout => rollout.Actions).Distinct().Order());
    }

    [Fact]
    public void A_class_without_a_token_that_may_be_sampled_is_banned()
    {
        LatentModules modules = Modules(new LatentConfig { Codes = 3, PolicyLayers = 1, World = WorldForm.Classes });
        modules.Classes!.Set([.. Enumerable.Range(0, _model.VocabSize).Select(id => id == TinyModel.Image ? 1 : 0)]);      // 2 has none

        Rollout[] sampled = TinyLatent.Policy(_model, modules).Sample(TinyModel.Prompts(4), 8, Some, new(7, 1));

        Assert.All(sampled.SelectMany(rollout => rollout.Actions), code => Assert.Equal(0, code));
        Assert.Throws<ArgumentException>(() => modules.Classes.Set([.. Enumerable.Repeat(3, _model.VocabSize)]));
        Assert.Throws<ArgumentException>(() => modules.Classes.Set([0, 1]));
    }

    // Cloning's target is the next token's own code.
    [Theory]
    [InlineData(WorldForm.Identity)]
    [InlineData(WorldForm.Classes)]
    public void Fixed_codes_are_cloned_from_the_next_tokens(WorldForm world)
    {
        LatentModules modules = world == WorldForm.Identity ? Identity(PolicyForm.Layers) : Classes(5);
        LatentRows rows = LatentToy.Paired(_model);
        LatentView view = rows.WithImage!;

        double found = LatentToy.Number(LatentStages.Cloning(modules, _model, rows, null, new LatentObjective()).Loss);

        using var off = no_grad();
        Tensor logProbs = StageCodes.PolicyLogits(modules, view, rows.Lengths).log_softmax(-1);
        var terms = new List<double>();
        for (int row = 0; row < 2; row++)
            for (int t = (int)rows.Labels.shape[1] - rows.Lengths[row]; t + 1 < rows.Labels.shape[1]; t++)
                if (rows.Labels[row, t + 1].item<long>() is >= 0 and var next)
                    terms.Add(-logProbs[row, t, world == WorldForm.Identity ? next : next % 5].item<float>());
        Assert.Equal(terms.Average(), found, 1e-5);
        Assert.Equal([LatentStage.Cloning], LatentProgress.Order(TaskCodes.Inverse, modules.Config));
        Assert.Throws<InvalidOperationException>(() => modules.Codebook);
    }

    // Base 0.6, 0.3, 0.1 for the tokens of its codes; two codes share the first. Shares .3 .3 .3 .1, normalised.
    [Fact]
    public void The_bases_choice_is_shared_among_the_codes_of_a_token()
    {
        LatentModules modules = Modules(TinyLatent.Config with { Policy = PolicyForm.Prior, PolicyLayers = 1 });
        using var off = no_grad();
        Tensor states = randn([5, _model.Sizes.Attention.HiddenSize], generator: new Generator(4));

        Tensor prior = BasePrior.LogProbs(modules, _model, states, null).exp();

        long[] map = [.. modules.MostProbableTokens(_model, states, ReadOut.Delta).flatten().data<long>()];
        Tensor own = _model.Logits(states).softmax(-1);
        int K = TinyLatent.Config.Codes, shared = 0;
        for (int row = 0; row < 5; row++)
        {
            long[] tokens = map[(row * K)..((row + 1) * K)];
            double all = tokens.Distinct().Sum(id => own[row, id].item<float>());
            for (int code = 0; code < K; code++)
                Assert.Equal(own[row, tokens[code]].item<float>() / tokens.Count(id => id == tokens[code]) / all, prior[row, code].item<float>(), 1e-5);
            shared += K - tokens.Distinct().Count();
        }
        Assert.True(shared > 0, "every code has a token of its own: nothing is shared");
    }

    // New layers whose head is 0 add nothing: sampled are codes of the prior, and greedy answers are the base's where codes reach them.
    [Fact]
    public void A_policy_that_starts_from_the_bases_choice_acts_without_cloning()
    {
        LatentModules modules = Modules(TinyLatent.Config with { Policy = PolicyForm.Prior, PolicyLayers = 1 });
        LatentPolicy policy = TinyLatent.Policy(_model, modules);
        Rollout[] sampled = policy.Sample(TinyModel.Prompts(2), 4, Some, new(7, 1));

        using (no_grad())
            foreach (Rollout rollout in sampled)
            {
                (_, Tensor states) = TinyLatent.AtOnce(_model, modules, rollout.Prompt, rollout.Tokens);
                Tensor bans = zeros(_model.VocabSize);
                bans[TinyModel.Image] = TokenDistribution.Never;
                Tensor prior = BasePrior.LogProbs(modules, _model, states.narrow(0, rollout.Prompt.Tokens.Length - 1, 6), bans);
                foreach ((int t, int code) in rollout.Actions.Index())
                    Assert.Equal(prior[t, code].item<float>(), rollout.LogProbs[t], 1e-4);
            }
        policy.LogProbs(sampled, Some).LogProbs.sum().backward();
        Assert.True(modules.Policy.Head.grad!.abs().max().item<float>() > 0);
        Assert.True(modules.Config.ActsUncloned);
    }

    [Fact]
    public void Hashed_classes_are_even_and_of_their_seed()
    {
        int[] classes = TokenClasses.Hashed(4000, 8, 1);

        Assert.Equal(classes, TokenClasses.Hashed(4000, 8, 1));
        Assert.NotEqual(classes, TokenClasses.Hashed(4000, 8, 2));
        Assert.All(classes.CountBy(each => each), item => Assert.InRange(item.Value, 400, 600));
        Assert.Equal(8, classes.Distinct().Count());
    }

    [Fact]
    public void Codes_that_are_tokens_are_as_many_as_those()
    {
        VlmCheckpoint vlm = TinyLatent.Family("tiny_smolvlm");

        UsageException refused = Assert.Throws<UsageException>(() => LatentCheckpoint.New(
            vlm, new LatentConfig { Codes = 7, PolicyLayers = 1, World = WorldForm.Identity }, seed: 1));

        Assert.Equal($"the codes are tokens, and there are 7 codes and {vlm.Model.VocabSize} rows of the output layer", refused.Message);
    }

    [Fact]
    public void A_checkpoint_holds_the_classes()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-classes-").FullName;
        VlmCheckpoint vlm = TinyLatent.Family("tiny_smolvlm");
        var config = new LatentConfig { Codes = 9, PolicyLayers = 1, World = WorldForm.Classes };
        LatentCheckpoint.New(vlm, config, seed: 4).Write(folder);

        LatentCheckpoint read = LatentCheckpoint.Load(folder, CPU);

        Assert.Equal(config, read.Modules.Config);
        Tensor all = arange(vlm.Model.VocabSize);
        Assert.Equal(TokenClasses.Hashed(vlm.Model.VocabSize, 9, 4).Select(each => (long)each),
            read.Modules.Classes!.Of(all).data<long>().ToArray());
        Assert.Equal(["policy", "classes"], LatentFacts.Of(folder, vlm.Model.Sizes).Parts.Select(part => part.Name));
        Directory.Delete(folder, recursive: true);
    }

    private LatentModules Identity(PolicyForm form)
    {
        LatentModules modules = Modules(new LatentConfig
        {
            Codes = _model.VocabSize,
            PolicyLayers = 1,
            Policy = form,
            World = WorldForm.Identity,
        });
        if (form == PolicyForm.Branch)
            modules.BranchFrom(_model);
        return modules;
    }

    private LatentModules Classes(int count)
    {
        LatentModules modules = Modules(new LatentConfig { Codes = count, PolicyLayers = 1, World = WorldForm.Classes });
        modules.Classes!.Set([.. Enumerable.Range(0, _model.VocabSize).Select(id => id % count)]);
        return modules;
    }

    private LatentModules Modules(LatentConfig config)
    {
        var modules = new LatentModules(_model.Sizes, config);
        modules.Initialise(5, initStd: null);
        return modules;
    }
}
