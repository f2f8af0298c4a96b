using Microsoft.Extensions.AI;

namespace Vlm.Tests.FrontDoor;

public sealed class ChatClientTests : IDisposable
{
    private readonly VisionLanguageModel _model = Asked.Model();

    public void Dispose() => _model.Dispose();

    private IChatClient Client => _model.AsChatClient();

    private static DataContent Image(int number) =>
        new(File.ReadAllBytes(Path.Combine(Asked.Folder, Asked.Images[number])), "image/png");

    private static ChatMessage Question(params AIContent[] contents) => new(ChatRole.User, contents);

    [Fact]
    public async Task A_response_is_the_models_answer_with_counts_and_a_reason()
    {
        ChatResponse response = await Client.GetResponseAsync(
            [Question(Image(1), new TextContent("what is it"))], new ChatOptions { MaxOutputTokens = 12 });

        Prompt prompt = _model.Prompt(Example.Ask([Message.User("what is it", 1)], [Asked.Image(1)]));
        Rollout rollout = _model.Generator.Sample([prompt], 1, new Sampling { Greedy = true, MaxNewTokens = 12 }, default)[0];
        Assert.Equal(rollout.Text.Trim(), response.Text);
        Assert.Equal(
            rollout.Stop == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((prompt.Tokens.Length, rollout.Tokens.Length, prompt.Tokens.Length + rollout.Tokens.Length),
            ((int)response.Usage!.InputTokenCount!, (int)response.Usage.OutputTokenCount!, (int)response.Usage.TotalTokenCount!));
        Assert.Equal("tiny_smolvlm", response.ModelId);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
    }

    [Fact]
    public async Task A_stream_has_the_same_text_in_pieces_and_ends_with_the_reason()
    {
        ChatMessage question = Question(new TextContent("what is it"));
        ChatOptions options = new() { MaxOutputTokens = 30, Temperature = 1.5f, Seed = 4 };
        ChatResponseUpdate[] updates = await Client.GetStreamingResponseAsync([question], options).ToArrayAsync();
        ChatResponse response = await Client.GetResponseAsync([question], options);

        Assert.True(updates.Count(update => update.Text.Length > 0) > 5);
        Assert.Equal(response.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.All(updates[..^1], update => Assert.Null(update.FinishReason));
        Assert.Equal(response.FinishReason, updates[^1].FinishReason);
        Assert.Single(updates.Select(update => update.ResponseId).Distinct());
    }

    [Fact]
    public async Task Options_reach_the_sampler()
    {
        ChatMessage question = Question(new TextContent("what is it"));
        async Task<string> Ask(ChatOptions options) => (await Client.GetResponseAsync([question], options)).Text;
        string Sampled(Sampling sampling, long seed) =>
            _model.Ask([Message.User("what is it")], [], sampling with { MaxNewTokens = 20 }, new SampleKey(seed, 0));
        ChatOptions Options(long? seed = 7) => new() { MaxOutputTokens = 20, Seed = seed };

        ChatOptions warm = Options(), top = Options(), nucleus = Options(), greedy = Options(), raw = Options();
        (warm.Temperature, top.TopK, nucleus.TopP, greedy.Temperature) = (1.7f, 9, 0.5f, 0);
        raw.RawRepresentationFactory = _ => new Sampling { RepetitionPenalty = 3, Greedy = true };

        Assert.Equal(Sampled(new() { Temperature = 1.7f }, 7), await Ask(warm));
        Assert.Equal(Sampled(new() { TopK = 9 }, 7), await Ask(top));
        Assert.Equal(Sampled(new() { TopP = 0.5f }, 7), await Ask(nucleus));
        Assert.Equal(Sampled(new() { Greedy = true }, 7), await Ask(greedy));
        Assert.Equal(Sampled(new() { Greedy = true, RepetitionPenalty = 3 }, 7), await Ask(raw));
        Assert.Equal(Sampled(new() { Greedy = true }, 0), await Ask(Options(seed: null)));
        warm.Seed = null;
        IChatClient one = Client;
        Assert.NotEqual((await one.GetResponseAsync([question], warm)).Text, (await one.GetResponseAsync([question], warm)).Text);
    }

    [Fact]
    public async Task An_answer_ends_before_a_stop_sequence()
    {
        ChatMessage question = Question(new TextContent("what is it"));
        string all = (await Client.GetResponseAsync([question], new ChatOptions { MaxOutputTokens = 40, Temperature = 1.5f, Seed = 1 })).Text;
        string stop = all[10..13];
        ChatResponse cut = await Client.GetResponseAsync([question],
            new ChatOptions { MaxOutputTokens = 40, Temperature = 1.5f, Seed = 1, StopSequences = ["no such text", stop] });

        Assert.Equal(all[..all.IndexOf(stop, StringComparison.Ordinal)].Trim(), cut.Text);
        Assert.Equal(ChatFinishReason.Stop, cut.FinishReason);
        Assert.True(cut.Usage!.OutputTokenCount < 40);
    }

    [Fact]
    public async Task Instructions_are_a_turn_of_the_system_and_turns_keep_their_order()
    {
        ChatMessage[] chat =
        [
            Question(Image(0), new TextContent("first")), new(ChatRole.Assistant, "an answer"),
            Question(new TextContent("and"), Image(2), new TextContent("then")),
        ];
        string answer = (await Client.GetResponseAsync(chat, new ChatOptions { Instructions = "be brief", MaxOutputTokens = 9 })).Text;

        Message[] messages =
        [
            new("system", [new("be brief")]), Message.User("first", 1), Message.Assistant("an answer"),
            new("user", [new("and"), Content.Image, new("then")]),
        ];
        Assert.Equal(_model.Ask(messages, [Asked.Image(0), Asked.Image(2)], new Sampling { Greedy = true, MaxNewTokens = 9 }), answer);
    }

    public static TheoryData<string, AIContent> Unread { get; } = new()
    {
        { "data of type audio/wav cannot be read", new DataContent(new byte[4], "audio/wav") },
        { "the link https://example.org/a.png is not fetched", new UriContent("https://example.org/a.png", "image/png") },
        { "FunctionCallContent cannot be read", new FunctionCallContent("1", "tool") },
    };

    [Theory]
    [MemberData(nameof(Unread), DisableDiscoveryEnumeration = true)]
    public async Task Content_that_no_model_here_reads_is_refused(string problem, AIContent content)
    {
        UsageException error = await Assert.ThrowsAsync<UsageException>(() =>
            Client.GetResponseAsync([Question(new TextContent("a")), Question(content)]));

        Assert.Equal((problem, "message 2"), (error.Message, error.Where));
    }

    public static TheoryData<string, ChatOptions> Refused { get; } = new()
    {
        { "Temperature is -1 and must be 0 or above", new() { Temperature = -1 } },
        { "TopP is 1.5 and must be above 0 and at most 1", new() { TopP = 1.5f } },
        { "MaxOutputTokens is 0 and must be 1 or above", new() { MaxOutputTokens = 0 } },
        { "Tools is set, and this model has nothing like it", new() { Tools = [AIFunctionFactory.Create(() => 1, "one")] } },
        { "ResponseFormat is set, and this model has nothing like it", new() { ResponseFormat = ChatResponseFormat.Json } },
        { "FrequencyPenalty is set, and this model has nothing like it", new() { FrequencyPenalty = 0.5f } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task Options_that_mean_nothing_here_are_refused(string problem, ChatOptions options)
    {
        UsageException error = await Assert.ThrowsAsync<UsageException>(() => Client.GetResponseAsync("a", options));

        Assert.Equal(problem, error.Message);
    }

    [Fact]
    public async Task A_cancelled_response_throws_and_a_disposed_client_leaves_the_model()
    {
        using (IChatClient client = Client)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                client.GetResponseAsync("a", cancellationToken: new CancellationToken(canceled: true)));

        Assert.NotEqual("", (await Client.GetResponseAsync("a")).Text);
        Assert.Same(_model, Client.GetService<VisionLanguageModel>());
        Assert.Equal("tiny_smolvlm", Client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }
}
