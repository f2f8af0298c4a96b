using TorchSharp;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using Vlm.Tests.Models;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>Caches, padding, groups and places: what is sampled and recomputed is what one pass over each row gives.</summary>
public sealed class LatentPolicyScoreTests : IDisposable
{
    private static readonly SampleKey Key = new(Seed: 3, Step: 8);

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Folders() => FamilyTests.Folders();

    public void Dispose() => _scope.Dispose();

    // T16: left padding of dozens of tokens, no image, one, two: the offset of positions after an image among them.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Two_caches_give_what_one_pass_gives_in_every_family(string folder)
    {
        LatentCheckpoint latent = TinyLatent.Latent(folder);
        Incremental(latent.Base.Model, latent.Modules, TinyLatent.Mixed(latent.Base), 1e-5);
    }

    [Fact]
    public void Two_caches_give_what_one_pass_gives()
    {
        SmolVlmModel model = TinyModel.Create();
        Incremental(model, TinyLatent.Modules(model), TinyModel.Prompts(5), 1e-5);
        Incremental(model, TinyLatent.Branch(model), TinyModel.Prompts(5), 1e-5);
    }

    // The tokens are sampled beforehand, so that each way reads the same.
    private static void Incremental(IVisionLanguageModel model, LatentModules modules, Prompt[] prompts, double near)
    {
        using var off = no_grad();
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        var sampling = new Sampling { MaxNewTokens = 6 };
        Rollout[] rollouts = policy.Sample(prompts, group: 2, sampling, Key);
        var decoder = new CodeDecoder(new CodeModules(model, model, modules, zeros(model.VocabSize), null), sampling, sampling,
            sampling with { Greedy = true }, [], GreedyCode.MostProbableCode);
        (NextDistribution distribution, int[] next) = decoder.Prefill(prompts, 2);
        List<NextDistribution> steps = [distribution];
        for (int t = 0; t < 5; t++)
            steps.Add(decoder.Continue(
                tensor([.. rollouts.Select(rollout => (long)rollout.Tokens[t])]).unsqueeze(1),
                tensor([.. rollouts.Select(rollout => (long)next[Array.IndexOf(prompts, rollout.Prompt)] + t)]).unsqueeze(1)));

        foreach ((int row, Rollout rollout) in rollouts.Index())
        {
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens);
            int last = rollout.Prompt.Tokens.Length - 1;
            Tensor wanted = logits.narrow(0, last, 6), got = stack([.. steps.Select(step => step.Logits[row])]);
            Assert.InRange((wanted - got).abs().max().item<float>(), 0, near * Math.Max(1, wanted.abs().max().item<float>()));
            Assert.Equal(rollout.Tokens, Tokens(states.narrow(0, last, 6), rollout.Actions));
        }

        int[] Tokens(Tensor h, int[] codes)
        {
            Tensor logits = modules.Tokens(model, h, tensor([.. codes.Select(code => (long)code)]));
            logits.select(1, model.ImageToken).fill_(TokenDistribution.Never);
            return [.. logits.argmax(-1).data<long>().ToArray().Select(token => (int)token)];
        }
    }

    public static TheoryData<Sampling> Samplings { get; } =
    [
        new Sampling(),
        new Sampling { Temperature = 0.7 },
        new Sampling { Temperature = 1.3, TopK = 5 },
        new Sampling { TopP = 0.8 },
        new Sampling { MinP = 0.1 },
        new Sampling { RepetitionPenalty = 1.5 },
        new Sampling { MinNewTokens = 6 },
        new Sampling { Greedy = true, RepetitionPenalty = 1.3, NoRepeatNgram = 2, MinNewTokens = 3 },
    ];

    [Theory]
    [MemberData(nameof(Samplings))]
    public void Recomputed_log_probs_are_those_the_sampler_returned(Sampling wanted)
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules, [.. Enumerable.Range(1, 8)]);
        Sampling sampling = wanted with { MaxNewTokens = 10 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(4), 5, sampling, Key);
        new RandomStream(1, "order").Shuffle<Rollout>(rollouts);                 // the order of a micro-batch is free
        Rollout[] part = [.. rollouts.Skip(3)];                                  // and groups may be short

        using var off = no_grad();
        AssertSame(part, policy.LogProbs(part, sampling), 1e-4);
    }

    [Fact]
    public void Entropy_is_that_of_the_codes()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        using var off = no_grad();
        Rollout rollout = policy.Sample(TinyModel.Prompts(1), 1, new Sampling { MaxNewTokens = 3 }, Key)[0];

        Tensor found = policy.LogProbs([rollout], new Sampling()).Entropy;
        Tensor p = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens).Logits.softmax(-1);

        for (int t = 0; t < 3; t++)
        {
            Tensor row = p[rollout.Prompt.Tokens.Length - 1 + t];
            Assert.Equal(-(row * row.log()).sum().item<float>(), found[0, t].item<float>(), 1e-4);
        }
    }

    // T17, scoring: earlier codes are not read, so what follows does not know them, to the last bit.
    [Fact]
    public void Codes_do_not_feed_back_into_log_probs()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentPolicy policy = TinyLatent.Policy(model, TinyLatent.Modules(model));
        using var off = no_grad();
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 2, new Sampling { MaxNewTokens = 8 }, Key);
        Rollout[] altered = [.. rollouts.Select(rollout => rollout with
        {
            Actions = [.. rollout.Actions[..5].Select(code => (code + 7) % 12), .. rollout.Actions[5..]],
        })];

        ActionLogProbs before = policy.LogProbs(rollouts, new Sampling()), after = policy.LogProbs(altered, new Sampling());

        Assert.Equal(Values(before.LogProbs.narrow(1, 5, 3)), Values(after.LogProbs.narrow(1, 5, 3)));
        Assert.Equal(Values(before.Entropy), Values(after.Entropy));
        Assert.All(Values(before.LogProbs.narrow(1, 0, 5)).Zip(Values(after.LogProbs.narrow(1, 0, 5))),
            pair => Assert.NotEqual(pair.First, pair.Second));
    }

    // T17, sampling: with a world model that is deaf to codes, other codes lead to the same tokens; where two samples then
    // agree on a code, they agree on its log-prob to the last bit.
    [Fact]
    public void Codes_do_not_feed_back_into_sampling()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules deaf = TinyLatent.Modules(model, TinyLatent.Config with { Codes = 4 });
        using (no_grad())
            deaf.Codebook.parameters().Single().zero_();
        LatentPolicy policy = TinyLatent.Policy(model, deaf);

        Rollout[] one = policy.Sample(TinyModel.Prompts(4), 4, new Sampling { MaxNewTokens = 12 }, Key);
        Rollout[] two = policy.Sample(TinyModel.Prompts(4), 4, new Sampling { MaxNewTokens = 12 }, Key with { Seed = 4 });

        int agreed = 0;
        foreach ((Rollout a, Rollout b) in one.Zip(two))
        {
            Assert.Equal(a.Tokens, b.Tokens);
            Assert.NotEqual(a.Actions, b.Actions);
            foreach (int t in Enumerable.Range(1, 11).Where(t => a.Actions[t] == b.Actions[t]))
            {
                Assert.Equal(a.LogProbs[t], b.LogProbs[t]);
                agreed += a.Actions.Take(t).SequenceEqual(b.Actions.Take(t)) ? 0 : 1;
            }
        }
        Assert.InRange(agreed, 20, 160);
    }

    // T18: five prompt tokens and three new ones are eight rows of logits, of which rows 4, 5 and 6 sampled the codes.
    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    public void Codes_are_aligned_with_the_states_that_drew_them(int length)
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        var prompt = new Prompt("five", "", [.. new[] { 9, 31, 4, 17, 22 }[..length]], null, []);
        using var off = no_grad();
        Rollout rollout = policy.Sample([prompt], 1, new Sampling { MaxNewTokens = 3 }, Key)[0];

        Tensor logProbs = TinyLatent.AtOnce(model, modules, prompt, rollout.Tokens).Logits.log_softmax(-1);
        float[] again = Values(policy.LogProbs([rollout], new Sampling()).LogProbs);

        Assert.Equal(length + 3, logProbs.shape[0]);
        for (int t = 0; t < 3; t++)
        {
            float wanted = logProbs[length - 1 + t, rollout.Actions[t]].item<float>();
            Assert.Equal(wanted, rollout.LogProbs[t], 1e-5);
            Assert.Equal(wanted, again[t], 1e-5);
            Assert.True(Math.Abs(wanted - logProbs[length + t, rollout.Actions[t]].item<float>()) > 1e-3);
        }
    }

    // T19: log-softmax of [2, 1, 0, -1] in full, and of its two largest alone.
    [Fact]
    public void Filters_renormalise_what_they_keep()
    {
        Tensor logits = tensor(new float[] { 2, 1, 0, -1 }).unsqueeze(0);

        float[] full = Values(TokenDistribution.LogProbs(logits, new Sampling(), null));
        float[] two = Values(TokenDistribution.LogProbs(logits, new Sampling { TopK = 2 }, null));

        Assert.Equal([-0.440190f, -1.440190f, -2.440190f, -3.440190f], full, (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([-0.313262f, -1.313262f], two[..2], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.True(two[2] < -1e8 && two[3] < -1e8);
    }

    [Fact]
    public void A_filter_of_codes_holds_in_sampling_and_in_log_probs()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        var sampling = new Sampling { MaxNewTokens = 6, TopK = 2 };
        using var off = no_grad();

        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 8, sampling, Key);

        AssertSame(rollouts, policy.LogProbs(rollouts, sampling), 1e-4);
        foreach (Rollout rollout in rollouts)
        {
            Tensor logits = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens).Logits;
            for (int t = 0; t < 6; t++)
            {
                float[] row = Values(logits[rollout.Prompt.Tokens.Length - 1 + t]);
                float[] best = [.. row.OrderDescending().Take(2)];
                double kept = Math.Exp(best[0]) + Math.Exp(best[1]);
                Assert.True(row[rollout.Actions[t]] >= best[1]);
                Assert.Equal(row[rollout.Actions[t]] - Math.Log(kept), rollout.LogProbs[t], 1e-4);
            }
        }
    }

    // As released: the sampler chooses between two codes, and all twelve share the probability, in sampling and in scoring.
    [Fact]
    public void A_filter_in_sampling_alone_leaves_log_probs_over_all_codes()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        var policy = new LatentPolicy(model, modules, _ => "", [], options: new() { UnfilteredLogProbs = true });
        var sampling = new Sampling { MaxNewTokens = 6, TopK = 2, Temperature = 1.5 };
        using var off = no_grad();

        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 8, sampling, Key);

        AssertSame(rollouts, policy.LogProbs(rollouts, sampling), 1e-4);
        foreach (Rollout rollout in rollouts)
        {
            Tensor logits = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens).Logits;
            for (int t = 0; t < 6; t++)
            {
                Tensor row = logits[rollout.Prompt.Tokens.Length - 1 + t];
                Assert.True(row[rollout.Actions[t]].item<float>() >= row.topk(2).values[1].item<float>());
                Assert.Equal((row / 1.5).log_softmax(-1)[rollout.Actions[t]].item<float>(), rollout.LogProbs[t], 1e-4);
            }
        }
    }

    [Fact]
    public void Actions_that_are_no_codes_of_this_policy_are_refused()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentPolicy policy = TinyLatent.Policy(model, TinyLatent.Modules(model));
        Rollout rollout = policy.Sample(TinyModel.Prompts(1), 1, new Sampling { MaxNewTokens = 2 }, Key)[0];

        Assert.Throws<ArgumentException>(() => policy.LogProbs([rollout with { Actions = [3, 12] }], new Sampling()));
        Assert.Throws<ArgumentException>(() => policy.LogProbs([rollout with { Actions = [3, 4, 5] }], new Sampling()));
    }

    internal static void AssertSame(Rollout[] rollouts, ActionLogProbs scored, double near)
    {
        Assert.Equal(rollouts.Length, scored.LogProbs.shape[0]);
        foreach ((int row, Rollout rollout) in rollouts.Index())
            for (int t = 0; t < scored.LogProbs.shape[1]; t++)
            {
                bool real = t < rollout.Actions.Length;
                Assert.Equal(real ? 1f : 0f, scored.Mask[row, t].item<float>());
                Assert.Equal(real ? rollout.LogProbs[t] : 0f, scored.LogProbs[row, t].item<float>(), near);
            }
    }

    internal static float[] Values(Tensor x) => x.detach().contiguous().data<float>().ToArray();
}
