using Microsoft.Extensions.AI;
using TorchSharp;
using Vlm.Engine;
using Vlm.Lora;

namespace Vlm.Tests.FrontDoor;

public sealed class VisionLanguageModelTests : IDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("vlm-front-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void An_answer_is_what_the_generator_samples()
    {
        using VisionLanguageModel model = Asked.Model();
        Prompt prompt = model.Prompt(Example.Ask([Message.User("what is it", 2)], [Asked.Image(0), Asked.Image(1)]));
        Sampling sampling = VisionLanguageModel.DefaultSampling with { MaxNewTokens = Math.Min(256, 512 - prompt.Tokens.Length) };

        Rollout rollout = model.Generator.Sample([prompt], 1, sampling, default)[0];

        Assert.Equal(rollout.Text.Trim(), model.Ask("what is it", Asked.Image(0), Asked.Image(1)));
        Assert.NotEqual("", rollout.Text.Trim());
    }

    [Fact]
    public async Task Pieces_put_together_are_the_answer()
    {
        using VisionLanguageModel model = Asked.Model();
        foreach (int number in Enumerable.Range(0, 3))
        {
            string[] pieces = await model.Stream(number).ToArrayAsync();

            Assert.True(pieces.Length > 20, $"only {pieces.Length} pieces");
            Assert.DoesNotContain("", pieces);
            Assert.Equal(model.Answer(number), string.Concat(pieces));
        }
    }

    // A context of 512 tokens: the answer gets what the prompt leaves.
    [Fact]
    public void An_answer_ends_where_the_context_does()
    {
        using VisionLanguageModel model = Asked.Model();
        Prompt prompt = model.Prompt(Example.Ask([Message.User("what is it", 0)], []));

        string answer = model.Ask([Message.User("what is it")], [], Asked.Long with { MaxNewTokens = 9999, MinNewTokens = 9999 });

        string all = model.Generator.Sample([prompt], 1,
            Asked.Long with { MaxNewTokens = 512 - prompt.Tokens.Length, MinNewTokens = 9999 }, default)[0].Text;
        Assert.Equal(all.Trim(), answer);
    }

    [Fact]
    public async Task Threads_that_ask_one_model_get_the_answers_of_one_after_the_other()
    {
        using VisionLanguageModel model = Asked.Model();
        string[] expected = [.. Enumerable.Range(0, 8).Select(number => model.Answer(number))];

        Task<string>[] answers = [.. Enumerable.Range(0, 8).Select(number => number % 2 == 0
            ? Task.Factory.StartNew(() => model.Answer(number), TaskCreationOptions.LongRunning)
            : Task.Run(async () => string.Concat(await model.Stream(number).ToArrayAsync())))];

        Assert.Equal(expected, await Task.WhenAll(answers));
        Assert.Equal(8, expected.Distinct().Count());
    }

    [Fact]
    public async Task A_cancelled_question_leaves_nothing_and_the_model_goes_on()
    {
        using VisionLanguageModel model = Asked.Model();
        string expected = model.Answer(1);
        long before = TensorCount.Settled();
        using var soon = new CancellationTokenSource();
        int looks = 0;
        Task<string> asking = Task.Factory.StartNew(() => model.Answer(1, soon.Token), TaskCreationOptions.LongRunning);
        while (EngineInfo.LiveTensors == before && looks++ < 10_000)
            await Task.Yield();
        await soon.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Throws<OperationCanceledException>(() => model.Answer(1, new CancellationToken(canceled: true)));
        Assert.Equal(before, EngineInfo.LiveTensors);
        Assert.Equal(expected, model.Answer(1));
    }

    [Fact]
    public async Task A_cancelled_or_abandoned_stream_leaves_nothing_and_the_model_goes_on()
    {
        using VisionLanguageModel model = Asked.Model();
        string expected = model.Answer(1);
        long before = TensorCount.Settled();
        using var soon = new CancellationTokenSource();
        var read = new List<string>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string piece in model.Stream(1, soon.Token))
            {
                read.Add(piece);
                if (read.Count == 3)
                    await soon.CancelAsync();
            }
        });
        await foreach (string _ in model.Stream(1))
            break;

        Assert.InRange(read.Count, 3, 100);
        Assert.StartsWith(string.Concat(read), expected, StringComparison.Ordinal);
        Assert.Equal(before, EngineInfo.LiveTensors);
        Assert.Equal(expected, model.Answer(1));
    }

    [Fact]
    public async Task A_disposed_model_refuses_every_call()
    {
        VisionLanguageModel model = Asked.Model();
        (ISampler sampler, IPolicy policy, IChatClient client) = (model.Sampler, model.Policy(), model.AsChatClient());
        Prompt prompt = model.Prompt(Example.Ask([Message.User("what")], []));
        model.Dispose();
        model.Dispose();

        Action[] calls =
        [
            () => model.Ask("what"), () => model.StreamAsync("what"), () => model.Prompt(prompt.Example), () => model.Policy(),
            () => model.Save(Path.Combine(_work, "late")), () => _ = model.MaxPositions, () => _ = model.Processor,
            () => _ = model.Generation, () => _ = model.Checkpoint, () => _ = model.LatentActions,
            () => sampler.Sample([prompt], 1, Asked.Long, default), () => sampler.StreamAsync(prompt, Asked.Long, default),
            () => policy.LogProbs([], Asked.Long), () => _ = policy.Trainable,
        ];
        Assert.All(calls, call => Assert.Throws<ObjectDisposedException>(call));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("what"));
        Assert.Empty(Directory.GetFileSystemEntries(_work));
    }

    [Fact]
    public async Task An_answer_in_the_making_is_finished_before_the_weights_go()
    {
        VisionLanguageModel model = Asked.Model();
        string expected = model.Answer(2);
        long before = TensorCount.Settled();
        var pieces = new List<string>();

        await foreach (string piece in model.Stream(2))
        {
            pieces.Add(piece);
            model.Dispose();
            Assert.True(EngineInfo.LiveTensors >= before);
        }

        Assert.Equal(expected, string.Concat(pieces));
        Assert.True(EngineInfo.LiveTensors < before - 50, $"{EngineInfo.LiveTensors} of {before} tensors are left");
    }

    [Fact]
    public void What_was_saved_answers_the_same_and_nothing_is_overwritten()
    {
        string folder = Path.Combine(_work, "saved");
        using VisionLanguageModel model = Asked.Model();
        model.Save(folder);
        using (var again = VisionLanguageModel.Load(folder, new() { Device = "cpu" }))
            Assert.Equal(model.Answer(0), again.Answer(0));

        string[] files = Directory.GetFiles(folder);
        Assert.Throws<UsageException>(() => model.Save(folder));
        Assert.Equal(files, Directory.GetFiles(folder));
        Assert.Equal([folder], Directory.GetFileSystemEntries(_work));
    }

    // B is zero at first, so the adapter is made to matter; the file of weights has no place for it and gets the sum.
    [Fact]
    public void An_adapter_is_merged_where_it_is_loaded_and_added_where_it_is_saved()
    {
        (string adapter, string saved) = (Path.Combine(_work, "adapter"), Path.Combine(_work, "saved"));
        string adapted, plain;
        using (VisionLanguageModel model = Asked.Model())
        {
            plain = model.Answer(0);
            LoraConfig config = LoraAdapter.Attach(model.Checkpoint!.Model, new LoraConfig { Rank = 2, Alpha = 4 }, seed: 3);
            using (torch.no_grad())
                foreach ((_, torch.Tensor up) in model.Policy().Trainable.Where(
                    item => item.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
                    up.fill_(0.02);
            adapted = model.Answer(0);
            LoraAdapter.Write(Directory.CreateDirectory(adapter).FullName, model.Checkpoint.Model, config);
            model.Save(saved);
        }
        using var merged = VisionLanguageModel.Load(Asked.Folder, new() { Device = "cpu", Adapter = adapter });
        using var sum = VisionLanguageModel.Load(saved, new() { Device = "cpu" });

        Assert.NotEqual(plain, adapted);
        Assert.Equal((adapted, adapted), (merged.Answer(0), sum.Answer(0)));
        Assert.All(merged.Checkpoint!.Model.Weights(), item => Assert.True(item.Value.requires_grad));
    }

    [Theory]
    [InlineData("there-is-none", "cpu")]
    [InlineData("", "gpu")]
    public void A_folder_or_device_that_is_not_there_is_named(string below, string device)
    {
        UsageException error = Assert.Throws<UsageException>(() =>
            VisionLanguageModel.Load(Path.Combine(Asked.Folder, below), new() { Device = device }));

        Assert.Contains(below.Length > 0 ? below : device, error.Render(), StringComparison.Ordinal);
    }

    // TorchSharp goes on counting what became a parameter: two for each, of the shapes and of the model. A model that stays is
    // a third.
    [Fact]
    public void An_adapter_that_is_not_there_is_named_and_the_model_freed()
    {
        string adapter = Path.Combine(_work, "none");
        int parameters;
        using (VisionLanguageModel model = Asked.Model())
            parameters = model.Checkpoint!.Model.Parameters.Count;
        long before = TensorCount.Settled();

        UsageException error = Assert.Throws<UsageException>(() =>
            VisionLanguageModel.Load(Asked.Folder, new() { Device = "cpu", Adapter = adapter }));
        Assert.Contains(adapter, error.Render(), StringComparison.Ordinal);
        Assert.True(EngineInfo.LiveTensors - before < 2.5 * parameters);
    }

    [Fact]
    public void An_image_that_is_not_there_is_named()
    {
        using VisionLanguageModel model = Asked.Model();

        UsageException error = Assert.Throws<UsageException>(() => model.Ask("what", "no/such.png"));
        Assert.StartsWith("the image no/such.png cannot be read", error.Message, StringComparison.Ordinal);
    }
}
