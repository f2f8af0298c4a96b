using Vlm.Engine;
using Vlm.Generation;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class StreamTests
{
    private static readonly SampleKey Key = new(Seed: 11, Step: 5);
    private static readonly Sampling Twelve = new() { MaxNewTokens = 12 };

    public static TheoryData<Sampling> Samplings { get; } =
    [
        Twelve,
        Twelve with { Greedy = true },
        Twelve with { Temperature = 1.3, TopK = 20, RepetitionPenalty = 1.4, NoRepeatNgram = 2, MinNewTokens = 4 },
    ];

    [Theory]
    [MemberData(nameof(Samplings))]
    public void A_stream_gives_the_tokens_of_a_group_of_one(Sampling sampling)
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, [.. Enumerable.Range(1, 6)]);
        Prompt[] prompts = TinyModel.Prompts(6);

        int[][] streamed = [.. prompts.Select(prompt => policy.Stream(prompt, sampling, Key).ToArray())];
        Rollout[] sampled = [.. prompts.SelectMany(prompt => policy.Sample([prompt], 1, sampling, Key))];

        Assert.Equal(sampled.Select(rollout => rollout.Tokens), streamed);
        Assert.Contains(sampled, rollout => rollout.Stop == StopReason.EndOfSequence);
        Assert.Contains(sampled, rollout => rollout.Stop == StopReason.Length);
    }

    // An output layer of zeros, put in after the third token, makes every token after it the first of 64 equals: none was
    // computed ahead. Without it the fourth is another.
    [Fact]
    public void A_token_is_given_before_the_next_is_computed()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt prompt = TinyModel.Prompts(1)[0];
        Sampling greedy = Twelve with { Greedy = true };
        int[] usual = [.. policy.Stream(prompt, greedy, Key)];
        var tokens = new List<int>();

        foreach (int token in policy.Stream(prompt, greedy, Key))
        {
            tokens.Add(token);
            using IDisposable off = no_grad();
            if (tokens.Count == 3)
                model.Parameters.Single(item => item.Name == "lm_head.weight").Value.zero_();
        }

        Assert.NotEqual(0, usual[3]);
        Assert.Equal([.. usual[..3], .. new int[9]], tokens);
    }

    [Fact]
    public void Between_two_tokens_the_caller_is_in_no_scope_and_no_mode_of_the_sampler()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        using var scope = NewDisposeScope();
        var mine = new List<Tensor>();

        foreach (int token in policy.Stream(TinyModel.Prompts(1)[0], Twelve, Key))
        {
            Assert.False(is_inference_mode_enabled());
            mine.Add(tensor((long)token));
            Assert.Equal(mine.Count, scope.DisposablesCount);
        }

        Assert.Equal(12, mine.Count);
        Assert.All(mine, one => Assert.False(one.IsInvalid));
    }

    [Fact]
    public void A_stream_holds_the_same_number_of_tensors_at_every_token()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        var live = new List<long>();

        foreach (int _ in policy.Stream(TinyModel.Prompts(1)[0], Twelve, Key))
            live.Add(EngineInfo.LiveTensors);

        Assert.Equal(12, live.Count);
        Assert.Single(live.Skip(2).Distinct());      // what reads generated tokens is made at the second
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_stream_that_is_left_frees_what_it_held(int taken)
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt prompt = TinyModel.Prompts(1)[0];
        policy.Sample([prompt], 1, Twelve, Key);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = EngineInfo.LiveTensors;

        int given = 0;
        foreach (int _ in policy.Stream(prompt, Twelve, Key))
        {
            Assert.True(EngineInfo.LiveTensors > before);
            if (++given == taken)
                break;
        }

        Assert.Equal(Math.Min(taken, 12), given);
        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_is_refused_before_the_first_token_is_asked_for()
    {
        using SmolVlmModel model = TinyModel.Create();
        Prompt prompt = TinyModel.Prompts(1)[0] with { Tokens = new int[90] };

        var error = Assert.Throws<UsageException>(() => TinyModel.Policy(model).Stream(prompt, Twelve, Key));

        Assert.StartsWith("the prompt's 90 tokens and 12 new ones exceed", error.Message);
    }
}
