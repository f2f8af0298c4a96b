using Vlm.Engine;
using Vlm.Generation;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class GroupSamplerTests
{
    private static readonly SampleKey Key = new(Seed: 11, Step: 5);
    private static readonly Sampling Twelve = new() { MaxNewTokens = 12 };

    [Fact]
    public void Reading_token_by_token_gives_the_states_of_reading_all_at_once()
    {
        using SmolVlmModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Prompt whole = TinyModel.Prompts(9)[8];                                  // an image and 11 words
        Prompt start = whole with { Tokens = whole.Tokens[..9] };

        (Tensor all, _) = model.Prefill([whole], new KvCache(model.Layers));
        var cache = new KvCache(model.Layers);
        (Tensor first, int[] next) = model.Prefill([start], cache);
        cache.Reserve(1, 6);
        var states = new List<Tensor> { first };
        for (int i = 9; i < whole.Tokens.Length; i++)
            states.Add(model.Continue(Row(whole.Tokens[i]), Row(next[0] + i - 9), cache));

        Tensor difference = (all - cat([.. states], 1)).abs().max();
        Assert.Equal(15, all.shape[1]);
        Assert.True(difference.item<float>() < 1e-5, $"{difference.item<float>()}");
    }

    [Fact]
    public void A_group_of_eight_is_eight_single_completions()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        Prompt[] prompts = TinyModel.Prompts(3);

        Rollout[] together = policy.Sample(prompts, 8, Twelve, Key);

        // A member's stream is named by prompt and member, so the first of a group alone is the first of the group.
        for (int p = 0; p < prompts.Length; p++)
            AssertSame(together[p * 8], policy.Sample([prompts[p]], 1, Twelve, Key with { FirstPrompt = p })[0]);
        Assert.Equal(24, together.Length);
        Assert.True(together.Select(rollout => rollout.Text).Distinct().Count() > 12);
    }

    [Fact]
    public void Members_do_not_depend_on_the_size_of_their_group()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        Prompt[] prompts = TinyModel.Prompts(4);

        Rollout[] eight = policy.Sample(prompts, 8, Twelve, Key);
        Rollout[] three = policy.Sample(prompts, 3, Twelve, Key);

        foreach (Rollout rollout in three)
            AssertSame(eight[Array.IndexOf(prompts, rollout.Prompt) * 8 + rollout.Member], rollout);
    }

    [Fact]
    public void A_split_batch_draws_what_the_whole_batch_draws()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        Prompt[] prompts = TinyModel.Prompts(5);

        Rollout[] whole = policy.Sample(prompts, 4, Twelve, Key);
        Rollout[] parts = [.. policy.Sample(prompts[..2], 4, Twelve, Key),
            .. policy.Sample(prompts[2..], 4, Twelve, Key with { FirstPrompt = 2 })];

        foreach ((Rollout a, Rollout b) in whole.Zip(parts))
            AssertSame(a, b);
    }

    [Fact]
    public void Finished_rows_leave_and_the_others_go_on_as_if_alone()
    {
        using SmolVlmModel model = TinyModel.Create();
        int[] ends = [.. Enumerable.Range(1, 16)];                               // a quarter of all tokens: rows end all the time
        TokenPolicy policy = TinyModel.Policy(model, ends);
        Prompt[] prompts = TinyModel.Prompts(6);
        var sampling = new Sampling { MaxNewTokens = 20 };

        Rollout[] rollouts = policy.Sample(prompts, 4, sampling, Key);

        Assert.Contains(rollouts, rollout => rollout.Tokens.Length == 1);
        Assert.Contains(rollouts, rollout => rollout.Tokens.Length > 5);
        foreach (Rollout rollout in rollouts)
        {
            Assert.Equal(rollout.Stop == StopReason.EndOfSequence, ends.Contains(rollout.Tokens[^1]));
            Assert.DoesNotContain(rollout.Tokens[..^1], ends.Contains);
            Assert.True(rollout.Stop == StopReason.EndOfSequence || rollout.Tokens.Length == 20);
        }
        foreach (int p in (int[])[0, 3, 5])
            AssertSame(rollouts[p * 4], policy.Sample([prompts[p]], 1, sampling, Key with { FirstPrompt = p })[0]);
    }

    // Room for more than 1,024 tokens of a group makes the decoder itself generate, less room its lean form.
    [Fact]
    public void The_lean_form_of_a_small_decoder_draws_what_the_decoder_draws()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, [.. Enumerable.Range(1, 6)]);
        Prompt[] prompts = TinyModel.Prompts(5);

        Rollout[] lean = policy.Sample(prompts, 16, Twelve, Key);
        Rollout[] full = policy.Sample(prompts, 16, Twelve with { MaxNewTokens = 80 }, Key);

        Assert.Contains(full, rollout => rollout.Tokens.Length > 12);
        foreach ((Rollout a, Rollout b) in lean.Zip(full))
        {
            int[] start = b.Tokens[..Math.Min(12, b.Tokens.Length)];
            AssertSame(a, b with { Tokens = start, Actions = start, LogProbs = b.LogProbs[..start.Length], Stop = a.Stop });
        }
    }

    [Fact]
    public void Image_placeholders_are_never_drawn()
    {
        using SmolVlmModel model = TinyModel.Create();
        using (no_grad())
            model.Parameters.Single(item => item.Name == "lm_head.weight").Value[TinyModel.Image].fill_(3);
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt[] prompts = TinyModel.Prompts(4);

        Rollout[] sampled = policy.Sample(prompts, 16, Twelve, Key);
        Rollout[] greedy = policy.Sample(prompts, 1, Twelve with { Greedy = true }, Key);

        Assert.DoesNotContain(sampled.Concat(greedy).SelectMany(rollout => rollout.Tokens), token => token == TinyModel.Image);
    }

    // Ids from 40 on are equally likely. Banned are two of them and, the vocabulary ending at 50, the last fourteen.
    [Fact]
    public void Banned_tokens_and_rows_that_no_token_owns_are_never_drawn()
    {
        using SmolVlmModel model = TinyModel.Create();
        using (no_grad())
            model.Parameters.Single(item => item.Name == "lm_head.weight").Value.narrow(0, 40, 24).fill_(3);
        var free = new TokenPolicy(model, _ => "", []);
        var bound = new TokenPolicy(model, _ => "", [], banned: [41, 45, 1000], vocabulary: 50);
        Prompt[] prompts = TinyModel.Prompts(4);

        int[] freely = [.. Tokens(free)];
        int[] boundly = [.. Tokens(bound)];

        Assert.Contains(41, freely);
        Assert.Contains(45, freely);
        Assert.Contains(50, freely);
        Assert.Contains(63, freely);
        Assert.DoesNotContain(boundly, token => token is 41 or 45 or >= 50);
        Assert.Contains(40, boundly);
        Assert.Contains(49, boundly);

        IEnumerable<int> Tokens(TokenPolicy policy) =>
            policy.Sample(prompts, 64, Twelve, Key).SelectMany(rollout => rollout.Tokens);
    }

    // A quarter of all tokens end a row, so slots are packed all the time while pasts must stay with their rows.
    [Fact]
    public void What_looks_back_follows_its_row_when_others_leave()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, [.. Enumerable.Range(1, 16)]);
        Prompt[] prompts = TinyModel.Prompts(6);
        var sampling = new Sampling { MaxNewTokens = 20, RepetitionPenalty = 1.5, NoRepeatNgram = 2, MinNewTokens = 3 };

        Rollout[] rollouts = policy.Sample(prompts, 4, sampling, Key);
        Rollout[] plain = policy.Sample(prompts, 4, new Sampling { MaxNewTokens = 20 }, Key);

        foreach (Rollout rollout in rollouts)
        {
            AssertSame(rollout, policy.Sample([rollout.Prompt], 4, sampling, Key with { FirstPrompt = Array.IndexOf(prompts, rollout.Prompt) })
                [rollout.Member]);
            Assert.True(rollout.Tokens.Length >= 3);
            int[] all = [.. rollout.Prompt.Tokens, .. rollout.Tokens];
            int start = rollout.Prompt.Tokens.Length;
            for (int i = start; i < all.Length; i++)
                Assert.DoesNotContain((all[i - 1], all[i]), all[..(i - 1)].Zip(all[1..i]));
        }
        Assert.Contains(plain, rollout => rollout.Tokens.Length < 3);
        Assert.Contains(rollouts, rollout => rollout.Tokens.Length > 6);
    }

    public static TheoryData<Sampling> Samplings { get; } =
    [
        new Sampling(),
        new Sampling { Temperature = 0.7 },
        new Sampling { Temperature = 1.3, TopK = 9 },
        new Sampling { TopP = 0.8 },
        new Sampling { MinP = 0.1 },
        new Sampling { RepetitionPenalty = 1.5 },
        new Sampling { NoRepeatNgram = 1 },
        new Sampling { MinNewTokens = 6 },
        new Sampling { Greedy = true, RepetitionPenalty = 1.3, NoRepeatNgram = 2, MinNewTokens = 3 },
        new Sampling
        {
            Temperature = 0.8, TopK = 20, TopP = 0.9, RepetitionPenalty = 1.2, NoRepeatNgram = 2, MinNewTokens = 4,
        },
    ];

    [Theory]
    [MemberData(nameof(Samplings))]
    public void Recomputed_log_probs_are_those_the_sampler_returned(Sampling wanted)
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        Sampling sampling = wanted with { MaxNewTokens = 10 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(4), 5, sampling, Key);
        var random = new RandomStream(1, "order");
        random.Shuffle<Rollout>(rollouts);                                       // the order of a micro-batch is free

        using var scope = NewDisposeScope();
        using var off = no_grad();
        ActionLogProbs scored = policy.LogProbs([.. rollouts.Skip(3)], sampling);

        Assert.Equal(17, scored.LogProbs.shape[0]);
        for (int i = 0; i < 17; i++)
            for (int t = 0; t < scored.LogProbs.shape[1]; t++)
            {
                bool real = t < rollouts[i + 3].Tokens.Length;
                Assert.Equal(real ? 1f : 0f, scored.Mask[i, t].item<float>());
                Assert.Equal(real ? rollouts[i + 3].LogProbs[t] : 0f, scored.LogProbs[i, t].item<float>(), 1e-4);
                float entropy = scored.Entropy[i, t].item<float>();                 // 0 where a filter leaves one token
                Assert.True(real ? entropy > (wanted.TopP < 1 || wanted.MinP > 0 ? -1e-6 : 1e-6) : entropy == 0, $"{entropy}");
            }
    }

    [Fact]
    public void Sharing_the_prompt_does_not_change_the_gradient()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 4, Twelve, Key);

        Dictionary<string, float[]> shared = Gradients(model, () => policy.LogProbs(rollouts, Twelve).LogProbs.sum());
        // A copy of the prompt for each rollout: nothing is shared any more.
        Rollout[] alone = [.. rollouts.Select(rollout => rollout with { Prompt = rollout.Prompt with { } })];
        Dictionary<string, float[]> single = Gradients(model, () => policy.LogProbs(alone, Twelve).LogProbs.sum());

        Assert.Equal(model.Parameters.Count, shared.Count);
        foreach ((string name, float[] gradient) in shared)
        {
            float largest = Math.Max(gradient.Max(Math.Abs), 1e-2f);             // a bias of keys has no gradient but rounding
            Assert.All(gradient.Zip(single[name]), pair => Assert.Equal(pair.Second, pair.First, 1e-4f * largest));
        }
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_names_its_record()
    {
        using SmolVlmModel model = TinyModel.Create();
        Prompt prompt = TinyModel.Prompts(1)[0] with { Tokens = new int[90] };

        var error = Assert.Throws<UsageException>(() => TinyModel.Policy(model).Sample([prompt], 2, Twelve, Key));

        Assert.Equal("error: the prompt's 90 tokens and 12 new ones exceed the model's context of 96\n"
            + "   at: record prompt-0\n  try: use smaller images, a shorter question, or fewer new tokens", error.Render());
    }

    [Fact]
    public void Sampling_leaves_no_tensor_behind()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, [.. Enumerable.Range(1, 16)]);
        Prompt[] prompts = TinyModel.Prompts(6);
        policy.Sample(prompts, 4, Twelve, Key);
        long before = TensorCount.Settled();

        for (int i = 0; i < 5; i++)
            policy.Sample(prompts, 4, Twelve, Key with { Step = i });

        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    private static Dictionary<string, float[]> Gradients(SmolVlmModel model, Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        model.zero_grad();
        loss().backward();
        return model.Parameters.ToDictionary(item => item.Name, item => item.Value.grad!.flatten().data<float>().ToArray());
    }

    private static void AssertSame(Rollout wanted, Rollout got)
    {
        Assert.Equal(wanted.Tokens, got.Tokens);
        Assert.Equal(wanted.Stop, got.Stop);
        foreach ((float a, float b) in wanted.LogProbs.Zip(got.LogProbs))
            Assert.Equal(a, b, 1e-4f);
    }

    private static Tensor Row(long value) => tensor(value).reshape(1, 1);
}
