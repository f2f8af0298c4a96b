using Vlm;
using Vlm.Images;
using Vlm.Models.SmolVlm;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>A model of this project as a judge: the same answers whoever is asked beside, kept under the bytes of its weights.</summary>
public sealed class FolderJudgeTests : IDisposable
{
    private static readonly FolderJudgeOptions s_short = new() { MaxNewTokens = 6 };
    private readonly string _folder = Directory.CreateTempSubdirectory("folder-judge-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Answers_do_not_depend_on_who_is_asked_beside(int batch)
    {
        string model = New("a", 1);
        using FolderJudgeModel one = FolderJudgeModel.Load(model, options: s_short);
        using FolderJudgeModel many = FolderJudgeModel.Load(model, options: s_short with { BatchSize = batch });
        JudgeRequest[] requests = Requests(7);

        IReadOnlyList<JudgeReply> together = await many.AskAllAsync(requests);

        for (int i = 0; i < requests.Length; i++)
            Assert.Equal((await one.AskAllAsync([requests[i]]))[0].Text, together[i].Text);
        Assert.Equal(Enumerable.Range(0, 7), together.Select(reply => reply.Request));
        Assert.True(together.Select(reply => reply.Text).Distinct().Count() > 1, "the model answers all alike");
    }

    [Fact]
    public void Identity_is_that_of_the_weights_and_of_what_changes_answers()
    {
        string model = New("a", 1), copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(model))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        string own = Identity(model);

        Assert.Equal(own, Identity(copy));
        Assert.NotEqual(own, Identity(New("b", 2)));
        Assert.NotEqual(own, Identity(model, s_short with { MaxNewTokens = 7 }));
        Assert.Equal(own, Identity(model, s_short with { BatchSize = 2 }));
    }

    [Fact]
    public async Task A_borrowed_model_is_left_and_its_answers_are_not_kept()
    {
        using var model = VisionLanguageModel.Load(New("a", 1));
        using (FolderJudgeModel judge = FolderJudgeModel.Borrow(model, s_short))
        {
            Assert.Null(judge.Identity);
            Assert.Throws<ArgumentException>(() => new CachedJudgeModel(judge, Path.Combine(_folder, "kept.jsonl")));
            Assert.NotNull((await judge.AskAllAsync(Requests(1)))[0].Text);
        }

        Assert.NotNull(model.Ask("there?", [Picture(0)]));
    }

    [Fact]
    public async Task What_is_cancelled_ends_and_leaves_the_model_as_it_was()
    {
        using FolderJudgeModel judge = FolderJudgeModel.Load(New("a", 1), options: new() { BatchSize = 1, MaxNewTokens = 6 });
        using var cancel = new CancellationTokenSource();
        int replies = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (JudgeReply reply in judge.AskAsync(Requests(500), cancel.Token))
                if (replies++ == 0)
                    await cancel.CancelAsync();
        });

        Assert.InRange(replies, 1, 499);
        Assert.Equal(3, (await judge.AskAllAsync(Requests(3))).Count);
    }

    [Fact]
    public async Task One_that_is_too_long_fails_alone_and_nothing_but_those_ends_it()
    {
        using FolderJudgeModel judge = FolderJudgeModel.Load(New("a", 1), options: s_short);
        JudgeRequest tooLong = JudgeRequest.Of("long", string.Concat(Enumerable.Repeat("there? ", 500)), [Picture(0)]);

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync([Requests(1)[0], tooLong]);
        UsageException ended = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync([tooLong, tooLong]));

        Assert.NotNull(replies[0].Text);
        Assert.NotEmpty(replies[1].Failure);
        Assert.StartsWith("the judge takes none of 2 requests", ended.Message, StringComparison.Ordinal);
    }

    // The longest that leaves any room, beside a short one: it is asked alone, and no answer goes beyond the context.
    [Fact]
    public async Task One_that_leaves_little_room_is_answered_as_if_it_were_alone()
    {
        using FolderJudgeModel judge = FolderJudgeModel.Load(New("a", 1), options: new() { MaxNewTokens = 64 });
        JudgeRequest small = Long(1), large = small;
        for (int words = 1; (await judge.AskAllAsync([Long(words)]))[0].Text is not null; words++)
            large = Long(words);

        IReadOnlyList<JudgeReply> alone = await judge.AskAllAsync([large]), together = await judge.AskAllAsync([small, large]);

        Assert.Equal(alone[0].Text, together[1].Text);
        Assert.True(alone[0].IsTruncated, "there is room for a whole answer");
        Assert.Equal((await judge.AskAllAsync([small]))[0].Text, together[0].Text);

        static JudgeRequest Long(int words) => JudgeRequest.Of("row", string.Concat(Enumerable.Repeat("circle ", words)), []);
    }

    // Written out, such a token would stand for an image, or end the turn and let the answer speak as the judge.
    [Theory]
    [InlineData(SmolVlmTokens.Image)]
    [InlineData(SmolVlmTokens.EndOfUtterance)]
    public async Task A_special_token_in_a_text_is_text(string token)
    {
        using FolderJudgeModel judge = FolderJudgeModel.Load(New("a", 1), options: s_short);

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(
            [JudgeRequest.Of("a", $"is {token} there?", [Picture(0)]), JudgeRequest.Of("b", $"is {token[0]} {token[1..]} there?", [Picture(0)])]);

        Assert.NotNull(replies[0].Text);
        Assert.Equal(replies[1].Text, replies[0].Text);
    }

    private static string Identity(string folder, FolderJudgeOptions? options = null)
    {
        using FolderJudgeModel judge = FolderJudgeModel.Load(folder, options: options ?? s_short);
        return judge.Identity!;
    }

    private string New(string name, long seed)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        SmolVlmNew.Write(folder, SmolVlmNew.Smallest, ["is there a circle?", "there are two red squares"], seed);
        SmolVlmNew.WriteProcessor(folder, SmolVlmNew.Smallest);
        return folder;
    }

    private static JudgeRequest[] Requests(int count) => [.. Enumerable.Range(0, count).Select(i =>
        JudgeRequest.Of($"row {i}", "is there a circle? " + new string((char)('a' + i % 26), i % 30), i % 3 == 0 ? [] : [Picture(i)]))];

    private static RgbImage Picture(int shade) => new(4, 4, [.. Enumerable.Repeat((byte)(shade * 35 % 256), 48)]);
}
