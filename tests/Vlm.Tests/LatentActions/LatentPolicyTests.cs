using TorchSharp;
using Vlm.Engine;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>How rows are sampled: one stream each, whatever the batch; tokens follow from codes.</summary>
public sealed class LatentPolicyTests : IDisposable
{
    private static readonly SampleKey Key = new(Seed: 11, Step: 5);
    private static readonly Sampling Twelve = new() { MaxNewTokens = 12 };
    private static readonly int[] Quarter = [.. Enumerable.Range(1, 16)];       // of all tokens: rows end all the time

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SmolVlmModel _model = TinyModel.Create();
    private readonly LatentModules _modules;

    public LatentPolicyTests() => _modules = TinyLatent.Modules(_model);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_token_has_its_code_and_codes_are_drawn_from_all()
    {
        Rollout[] rollouts = Policy().Sample(TinyModel.Prompts(4), 16, Twelve, Key);

        Assert.Equal(64, rollouts.Length);
        Assert.All(rollouts, rollout => Assert.Equal(12, rollout.Actions.Length));
        Assert.All(rollouts, rollout => Assert.Equal(12, rollout.Tokens.Length));
        Assert.All(rollouts, rollout => Assert.Equal(12, rollout.LogProbs.Length));
        Assert.Equal(Enumerable.Range(0, 12), rollouts.SelectMany(rollout => rollout.Actions).Distinct().Order());
        Assert.True(rollouts.Select(rollout => rollout.Text).Distinct().Count() > 48);
        Assert.All(rollouts, rollout => Assert.Equal(string.Join(' ', rollout.Tokens), rollout.Text));
        Assert.All(rollouts, rollout => Assert.Equal(rollout.Actions, rollout.Codes));
        Assert.All(rollouts, rollout => Assert.Equal(rollout.Tokens.Select(token => $"{token}"), rollout.Pieces));
    }

    [Fact]
    public void A_split_batch_draws_what_the_whole_batch_draws()
    {
        LatentPolicy policy = Policy();
        Prompt[] prompts = TinyModel.Prompts(5);

        Rollout[] whole = policy.Sample(prompts, 4, Twelve, Key);
        Rollout[] parts = [.. policy.Sample(prompts[..2], 4, Twelve, Key),
            .. policy.Sample(prompts[2..], 4, Twelve, Key with { FirstPrompt = 2 })];

        Assert.Equal(20, parts.Length);
        foreach ((Rollout a, Rollout b) in whole.Zip(parts))
            AssertSame(a, b);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.3)]
    public void Finished_rows_leave_and_the_others_go_on_as_if_alone(double tokenTemperature)
    {
        LatentPolicy policy = Policy(Quarter, new() { TokenTemperature = tokenTemperature });
        Prompt[] prompts = TinyModel.Prompts(6);
        var sampling = new Sampling { MaxNewTokens = 20 };

        Rollout[] rollouts = policy.Sample(prompts, 4, sampling, Key);

        Assert.Contains(rollouts, rollout => rollout.Tokens.Length == 1);
        Assert.Contains(rollouts, rollout => rollout.Tokens.Length > 5);
        foreach (Rollout rollout in rollouts)
        {
            Assert.Equal(rollout.Stop == StopReason.EndOfSequence, Quarter.Contains(rollout.Tokens[^1]));
            Assert.DoesNotContain(rollout.Tokens[..^1], Quarter.Contains);
            Assert.True(rollout.Stop == StopReason.EndOfSequence || rollout.Tokens.Length == 20);
            AssertSame(rollout, policy.Sample(
                [rollout.Prompt], rollout.Member + 1, sampling, Key with { FirstPrompt = Array.IndexOf(prompts, rollout.Prompt) })[^1]);
        }
    }

    // Room for more than 1,024 tokens of a group makes base and policy read as they are, less room their lean forms.
    [Fact]
    public void The_lean_forms_of_base_and_policy_draw_what_the_full_ones_draw()
    {
        LatentPolicy policy = Policy([.. Enumerable.Range(1, 6)]);
        Prompt[] prompts = TinyModel.Prompts(5);

        Rollout[] lean = policy.Sample(prompts, 16, Twelve, Key);
        Rollout[] full = policy.Sample(prompts, 16, Twelve with { MaxNewTokens = 80 }, Key);

        Assert.Contains(full, rollout => rollout.Tokens.Length > 12);
        foreach ((Rollout a, Rollout b) in lean.Zip(full))
        {
            int length = Math.Min(12, b.Tokens.Length);
            AssertSame(a, b with
            {
                Tokens = b.Tokens[..length],
                Actions = b.Actions[..length],
                LogProbs = b.LogProbs[..length],
                Stop = a.Stop,
            });
        }
    }

    // T20: nothing is random but the code.
    [Fact]
    public void Greedy_rollouts_are_the_same_for_every_key_and_those_of_a_cold_policy()
    {
        LatentPolicy policy = Policy([TinyModel.End]);
        Prompt[] prompts = TinyModel.Prompts(4);
        Sampling greedy = Twelve with { Greedy = true };

        Rollout[] first = policy.Sample(prompts, 2, greedy, Key);
        Rollout[] second = policy.Sample(prompts, 2, greedy, new SampleKey(99, 1));
        Rollout[] cold = policy.Sample(prompts, 2, Twelve with { Temperature = 1e-6 }, Key);
        Rollout[] warm = policy.Sample(prompts, 2, Twelve, Key);

        foreach ((Rollout a, Rollout b) in first.Zip(second))
        {
            Assert.Equal(a.Actions, b.Actions);
            Assert.Equal(a.Tokens, b.Tokens);
            Assert.Equal(a.LogProbs, b.LogProbs);
        }
        Assert.Equal(first.Select(rollout => rollout.Text), cold.Select(rollout => rollout.Text));
        Assert.Equal(first.SelectMany(rollout => rollout.Actions), cold.SelectMany(rollout => rollout.Actions));
        Assert.All(cold.SelectMany(rollout => rollout.LogProbs), logProb => Assert.InRange(logProb, -1e-3, 0));
        Assert.NotEqual(first.Select(rollout => rollout.Text), warm.Select(rollout => rollout.Text));
    }

    [Fact]
    public void Tokens_may_be_drawn_too_by_a_second_number_of_the_rows_stream()
    {
        Prompt[] prompts = TinyModel.Prompts(3);
        Rollout[] likely = Policy().Sample(prompts, 8, Twelve, Key);
        Rollout[] sampled = Policy(options: new() { TokenTemperature = 1 }).Sample(prompts, 8, Twelve, Key);
        Rollout[] again = Policy(options: new() { TokenTemperature = 1 }).Sample(prompts, 8, Twelve, Key);
        Rollout[] greedy = Policy(options: new() { TokenTemperature = 1 })
            .Sample(prompts, 8, Twelve with { Greedy = true }, Key);

        // The first code is sampled by the stream's first number either way; its token is another in most rows.
        Assert.Equal(likely.Select(rollout => rollout.Actions[0]), sampled.Select(rollout => rollout.Actions[0]));
        Assert.InRange(likely.Zip(sampled).Count(pair => pair.First.Tokens[0] != pair.Second.Tokens[0]), 4, 24);
        foreach ((Rollout a, Rollout b) in sampled.Zip(again))
            AssertSame(a, b);
        Assert.Equal(3, greedy.Select(rollout => rollout.Text).Distinct().Count());
    }

    [Fact]
    public void A_token_stream_is_the_completion_of_a_group_of_one()
    {
        LatentPolicy policy = Policy(Quarter);
        Prompt prompt = TinyModel.Prompts(1)[0];

        Assert.Equal(policy.Sample([prompt], 1, Twelve, Key)[0].Tokens, policy.StreamAsync(prompt, Twelve, Key).ToBlockingEnumerable());
    }

    // Ids from 40 on are the most probable, whatever the code. Banned are two of them, the placeholder, and the last fourteen.
    [Fact]
    public void Placeholders_banned_tokens_and_rows_that_no_token_owns_never_follow_from_a_code()
    {
        using (no_grad())
        {
            Tensor head = _model.Parameters.Single(item => item.Name == "lm_head.weight").Value;
            head.narrow(0, 40, 24).mul_(4);
        }
        var free = new LatentPolicyOptions { TokenTemperature = 1 };
        var bound = new LatentPolicy(_model, _modules, _ => "", [], banned: [41, 45, 1000], vocabulary: 50, options: free);

        int[] freely = [.. Tokens(Policy(options: free))];
        int[] boundly = [.. Tokens(bound)];

        Assert.DoesNotContain(TinyModel.Image, freely);
        Assert.Superset(new HashSet<int> { 41, 45, 50, 63 }, freely.ToHashSet());
        Assert.DoesNotContain(boundly, token => token is 41 or 45 or >= 50);
        Assert.Superset(new HashSet<int> { 40, 49 }, boundly.ToHashSet());

        static IEnumerable<int> Tokens(LatentPolicy policy) =>
            policy.Sample(TinyModel.Prompts(4), 64, Twelve, Key).SelectMany(rollout => rollout.Tokens);
    }

    // Without output of the last block all logits are 0: the tie goes to the lowest token that is not banned.
    [Fact]
    public void Of_equally_likely_tokens_the_first_is_taken()
    {
        LatentModules silent = TinyLatent.Modules(_model, TinyLatent.Config with { ReadOut = ReadOut.LastBlock });
        using (no_grad())
            foreach ((string name, var value) in silent.World.named_parameters())
                if (name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                    value.zero_();

        Rollout[] rollouts = new LatentPolicy(_model, silent, _ => "", [], banned: [0, 1, 3])
            .Sample(TinyModel.Prompts(2), 3, Twelve, Key);

        Assert.All(rollouts.SelectMany(rollout => rollout.Tokens), token => Assert.Equal(2, token));
    }

    [Fact]
    public void What_looks_back_shapes_tokens_and_not_the_codes_distribution()
    {
        LatentPolicy policy = Policy(Quarter);
        var sampling = new Sampling { MaxNewTokens = 20, RepetitionPenalty = 1.5, NoRepeatNgram = 2, MinNewTokens = 3 };

        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(6), 4, sampling, Key);
        Rollout[] plain = policy.Sample(TinyModel.Prompts(6), 4, new Sampling { MaxNewTokens = 20 }, Key);
        using var off = no_grad();
        Tensor bare = policy.LogProbs(rollouts, new Sampling()).LogProbs;

        Assert.Contains(plain, rollout => rollout.Tokens.Length < 3);
        foreach ((int row, Rollout rollout) in rollouts.Index())
        {
            Assert.True(rollout.Tokens.Length >= 3);
            int[] all = [.. rollout.Prompt.Tokens, .. rollout.Tokens];
            for (int i = rollout.Prompt.Tokens.Length; i < all.Length; i++)
                Assert.DoesNotContain((all[i - 1], all[i]), all[..(i - 1)].Zip(all[1..i]));
            foreach ((int t, float logProb) in rollout.LogProbs.Index())
                Assert.Equal(logProb, bare[row, t].item<float>(), 1e-4);
        }
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_names_its_record()
    {
        Prompt prompt = TinyModel.Prompts(1)[0] with { Tokens = new int[90] };

        var sampled = Assert.Throws<UsageException>(() => Policy().Sample([prompt], 2, Twelve, Key));
        var streamed = Assert.Throws<UsageException>(() => Policy().StreamAsync(prompt, Twelve, Key));

        Assert.Equal("record prompt-0", sampled.Where);
        Assert.Equal(sampled.Render(), streamed.Render());
    }

    [Fact]
    public void Sampling_leaves_no_tensor_behind()
    {
        LatentPolicy policy = Policy(Quarter);
        Prompt[] prompts = TinyModel.Prompts(6);
        policy.Sample(prompts, 4, Twelve, Key);
        long before = TensorCount.Settled();

        for (int i = 0; i < 5; i++)
            policy.Sample(prompts, 4, Twelve, Key with { Step = i });

        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    private LatentPolicy Policy(int[]? endTokens = null, LatentPolicyOptions? options = null) =>
        TinyLatent.Policy(_model, _modules, endTokens, options);

    private static void AssertSame(Rollout wanted, Rollout got)
    {
        Assert.Equal(wanted.Actions, got.Actions);
        Assert.Equal(wanted.Tokens, got.Tokens);
        Assert.Equal(wanted.Stop, got.Stop);
        foreach ((float a, float b) in wanted.LogProbs.Zip(got.LogProbs))
            Assert.Equal(a, b, 1e-4f);
    }
}
