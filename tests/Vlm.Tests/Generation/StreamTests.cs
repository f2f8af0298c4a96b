using Vlm.Engine;
using Vlm.Generation;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class StreamTests
{
    private static readonly SampleKey Key = new(Seed: 11, Step: 5);
    private static readonly Sampling Twelve = new() { MaxNewTokens = 12 };
    private static readonly Sampling Sixty = new() { MaxNewTokens = 60 };

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

        int[][] streamed = [.. prompts.Select(prompt => policy.StreamAsync(prompt, sampling, Key).ToBlockingEnumerable().ToArray())];
        Rollout[] sampled = [.. prompts.SelectMany(prompt => policy.Sample([prompt], 1, sampling, Key))];

        Assert.Equal(sampled.Select(rollout => rollout.Tokens), streamed);
        Assert.Contains(sampled, rollout => rollout.Stop == StopReason.EndOfSequence);
        Assert.Contains(sampled, rollout => rollout.Stop == StopReason.Length);
    }

    // An output layer of zeros, put in after the third token, makes every later one the first of 64 equals. The sampler is at
    // most 16 tokens ahead of the reader, and one that waits: from the 21st on all are of the new layer.
    [Fact]
    public void The_sampler_is_a_few_tokens_ahead_of_the_reader_and_no_more()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt prompt = TinyModel.Prompts(1)[0];
        Sampling greedy = Sixty with { Greedy = true };
        int[] usual = [.. policy.StreamAsync(prompt, greedy, Key).ToBlockingEnumerable()];
        var tokens = new List<int>();

        foreach (int token in policy.StreamAsync(prompt, greedy, Key).ToBlockingEnumerable())
        {
            tokens.Add(token);
            using IDisposable off = no_grad();
            if (tokens.Count == 3)
                model.Parameters.Single(item => item.Name == "lm_head.weight").Value.zero_();
        }

        Assert.Equal(60, tokens.Count);
        Assert.Contains(usual[20..], token => token != 0);
        Assert.Equal(usual[..3], tokens[..3]);
        Assert.All(tokens[20..], token => Assert.Equal(0, token));
    }

    [Fact]
    public void Between_two_tokens_the_caller_is_in_no_scope_and_no_mode_of_the_sampler()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        using var scope = NewDisposeScope();
        var mine = new List<Tensor>();

        foreach (int token in policy.StreamAsync(TinyModel.Prompts(1)[0], Twelve, Key).ToBlockingEnumerable())
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

        foreach (int _ in policy.StreamAsync(TinyModel.Prompts(1)[0], Sixty, Key).ToBlockingEnumerable())
            if (live.Count < 30)
                live.Add(TensorCount.Settled());

        Assert.Single(live.Distinct());      // it is 17 tokens ahead: past what the first ones make
    }

    [Fact]
    public void A_cancelled_stream_ends_where_it_is_and_the_model_goes_on()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt prompt = TinyModel.Prompts(1)[0];
        int[] usual = policy.Sample([prompt], 1, Sixty, Key)[0].Tokens;
        long before = TensorCount.Settled();
        using var cancel = new CancellationTokenSource();
        var tokens = new List<int>();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (int token in policy.StreamAsync(prompt, Sixty, Key, cancel.Token).ToBlockingEnumerable())
            {
                tokens.Add(token);
                if (tokens.Count == 3)
                    cancel.Cancel();
            }
        });

        Assert.Equal(usual[..tokens.Count], tokens);
        Assert.InRange(tokens.Count, 3, 30);
        Assert.Equal(before, EngineInfo.LiveTensors);
        Assert.Equal(usual, policy.Sample([prompt], 1, Sixty, Key)[0].Tokens);
    }

    [Fact]
    public void A_cancelled_sampling_leaves_nothing_and_the_model_goes_on()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model);
        Prompt[] prompts = TinyModel.Prompts(2);
        Rollout[] usual = policy.Sample(prompts, 2, Twelve, Key);
        long before = TensorCount.Settled();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => policy.Sample(prompts, 2, Twelve, Key, cancelled.Token));

        Assert.Equal(before, EngineInfo.LiveTensors);
        Assert.Equal(usual.Select(rollout => rollout.Tokens), policy.Sample(prompts, 2, Twelve, Key).Select(rollout => rollout.Tokens));
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
        long before = TensorCount.Settled();

        int given = 0;
        foreach (int _ in policy.StreamAsync(prompt, Sixty, Key).ToBlockingEnumerable())
        {
            Assert.True(given > 40 || EngineInfo.LiveTensors > before);
            if (++given == taken)
                break;
        }

        Assert.Equal(Math.Min(taken, 60), given);
        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_is_refused_before_the_first_token_is_asked_for()
    {
        using SmolVlmModel model = TinyModel.Create();
        Prompt prompt = TinyModel.Prompts(1)[0] with { Tokens = new int[90] };

        var error = Assert.Throws<UsageException>(() => TinyModel.Policy(model).StreamAsync(prompt, Twelve, Key));

        Assert.StartsWith("the prompt's 90 tokens and 12 new ones exceed", error.Message);
    }
}
