using Vlm;
using Vlm.Images;
using Vlm.Onnx.Graph;
using Vlm.Rewards.Learned;

namespace Learned.Tests.Encoders;

/// <summary>What an encoder pays.</summary>
public sealed class EncoderRewardTests : IDisposable
{
    private static readonly Example s_one = Ask("one", 1), s_two = Ask("two", 2, 3), s_none = Ask("none");

    private readonly EncoderFolders _folders = new();
    private readonly string _folder;

    public EncoderRewardTests() => _folder = _folders.New("clip");

    public void Dispose() => _folders.Dispose();

    [Fact]
    public async Task It_is_the_cosine_of_what_was_written_and_the_image()
    {
        IReadOnlyList<LearnedScore> scores = await Score(new(), new(s_one, "a red circle"), new(s_two, "a blue square"), new(s_one, "two"));

        Assert.Equal(Cosine(s_one, 0, "a red circle"), scores[0].Value!.Value, 1e-6);
        Assert.Equal((Cosine(s_two, 0, "a blue square") + Cosine(s_two, 1, "a blue square")) / 2, scores[1].Value!.Value, 1e-6);
        Assert.Equal(Cosine(s_one, 0, "two"), scores[2].Value!.Value, 1e-6);
        Assert.Matches(@"^cosine -?\d\.\d{3} \(mean of 2 images\)$", scores[1].Reason);
    }

    [Fact]
    public async Task The_best_image_and_a_scale_are_options()
    {
        var options = new EncoderRewardOptions { Images = SeveralImages.Max, Scale = 3 };

        LearnedScore score = (await Score(options, new Completion(s_two, "a blue square")))[0];

        Assert.NotEqual(Cosine(s_two, 0, "a blue square"), Cosine(s_two, 1, "a blue square"), 1e-3);
        Assert.Equal(3 * Math.Max(Cosine(s_two, 0, "a blue square"), Cosine(s_two, 1, "a blue square")), score.Value!.Value, 1e-5);
    }

    [Fact]
    public async Task Clip_score_is_two_and_a_half_times_the_cosine_where_that_is_above_0()
    {
        // Twelve pixels are the vector of an image: white and black are opposite.
        EncoderFolders.Graph(_folder, "vision_model", graph => graph.Output("image_embeds", graph.Slice(graph.Reshape(
            graph.Input("pixel_values", OnnxType.Float, "batch_size", 3, 16, 16), "batch_size", 768), 1, 0, 12)));
        Completion[] asked = [new(Plain(0), "a red circle"), new(Plain(255), "a red circle")];
        IReadOnlyList<LearnedScore> cosines = await Score(new(), asked), scores = await Score(new() { Form = EncoderForm.ClipScore }, asked);

        Assert.Contains(cosines, score => score.Value < 0);
        Assert.Contains(cosines, score => score.Value > 0);
        Assert.All(cosines.Zip(scores), pair => Assert.Equal(2.5 * Math.Max(pair.First.Value!.Value, 0), pair.Second.Value!.Value, 1e-12));
    }

    [Fact]
    public async Task With_goals_the_images_are_paid_whatever_is_written()
    {
        var options = new EncoderRewardOptions
        {
            Form = EncoderForm.GoalBaseline,
            Goals = ["a red circle", "one circle, red"],
            Baselines = ["a drawing"],
            Alpha = 0.25,
        };
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folder);
        double expected = GoalBaseline.Reward(encoder.EmbedImages([(s_one.Images[0], "x")])[0],
            GoalBaseline.Mean(encoder.EmbedTexts(options.Goals)), encoder.EmbedTexts(options.Baselines)[0], 0.25);

        IReadOnlyList<LearnedScore> scores = await Score(options, new(s_one, "yes"), new(s_one, "no"), new(s_two, "yes"));

        Assert.Equal(expected, scores[0].Value!.Value, 1e-6);
        Assert.Equal(scores[0].Value, scores[1].Value);
        Assert.NotEqual(scores[0].Value!.Value, scores[2].Value!.Value, 1e-4);
    }

    [Fact]
    public async Task Without_goals_the_completion_is_the_goal_and_one_that_says_the_baseline_is_not_scored()
    {
        var options = new EncoderRewardOptions { Form = EncoderForm.GoalBaseline, Baselines = ["a drawing"], Alpha = 1 };
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folder);
        double expected = GoalBaseline.Reward(encoder.EmbedImages([(s_one.Images[0], "x")])[0],
            encoder.EmbedTexts(["a red circle"])[0], encoder.EmbedTexts(["a drawing"])[0], 1);

        IReadOnlyList<LearnedScore> scores = await Score(options, new(s_one, "a red circle"), new(s_one, "A  drawing"));

        Assert.Equal(expected, scores[0].Value!.Value, 1e-6);
        Assert.Equal((null, "what was written says the same as the baseline"), (scores[1].Value, scores[1].Reason));
    }

    [Fact]
    public async Task An_example_without_an_image_is_not_scored_and_the_others_keep_their_places()
    {
        IReadOnlyList<LearnedScore> scores = await Score(new(), new(s_none, "a"), new(s_one, "a red circle"), new(s_none, "b"));

        Assert.Equal([null, null], new[] { scores[0].Value, scores[2].Value });
        Assert.Equal("the example has no image to compare with", scores[0].Reason);
        Assert.Equal(Cosine(s_one, 0, "a red circle"), scores[1].Value!.Value, 1e-6);
        Assert.Empty(await Score(new()));
    }

    [Fact]
    public void What_cannot_be_computed_is_refused()
    {
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folder);
        void Refused(EncoderRewardOptions options, string message) => Assert.StartsWith(
            message, Assert.Throws<UsageException>(() => new EncoderReward(encoder, options)).Message, StringComparison.Ordinal);

        Refused(new() { Form = EncoderForm.GoalBaseline }, "a goal is projected onto the line from a baseline, and there is none");
        Refused(new() { Form = EncoderForm.GoalBaseline, Goals = ["a"], Baselines = ["a"] }, "goals and baselines say the same");
        Refused(new() { Alpha = double.NaN }, "alpha is NaN");
        Refused(new() { Alpha = -0.1 }, "alpha is -0.1");
        Refused(new() { Scale = double.PositiveInfinity }, "the scale is");
        Assert.Equal(12, encoder.EmbedTexts(["a"])[0].Length);         // stays the caller's
    }

    [Fact]
    public async Task What_was_cancelled_stops()
    {
        using var reward = new EncoderReward(ImageTextEncoder.Load(_folder));
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reward.ScoreAsync([new(s_one, "a")], cancel.Token));
    }

    private static Example Plain(byte grey) =>
        Example.Ask([Message.User("what is it?", 1)], [new RgbImage(16, 16, [.. Enumerable.Repeat(grey, 768)])], "plain");

    private static Example Ask(string id, params int[] images) =>
        Example.Ask([Message.User("what is it?", images.Length)], [.. images.Select(seed => (ImageSource)ClipModelTests.Noise(16, 24, seed))], id);

    private async Task<IReadOnlyList<LearnedScore>> Score(EncoderRewardOptions options, params Completion[] completions)
    {
        using var reward = new EncoderReward(ImageTextEncoder.Load(_folder), options);
        return await reward.ScoreAsync(completions);
    }

    private double Cosine(Example example, int image, string text)
    {
        using ImageTextEncoder encoder = ImageTextEncoder.Load(_folder);
        return encoder.EmbedImages([(example.Images[image], "x")])[0].Zip(encoder.EmbedTexts([text])[0], (a, b) => a * b).Sum();
    }
}
