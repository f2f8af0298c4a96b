using TorchSharp;
using Vlm;
using Vlm.Datasets;
using static TorchSharp.torch;

namespace Recipes.Tests;

/// <summary>The model of recipe unigrpo, with random weights: what it may see and say, and how responses are unmasked.</summary>
public sealed class MaskedDenoiserTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly MaskedDenoiser _model = MaskedDenoiser.New(new(Width: 16, Layers: 2, Heads: 2), seed: 3, CPU);
    private readonly Prompt[] _prompts = [.. Enumerable.Range(0, 3).Select(i => NamedObjects.Prompt(1, Split.Test, i))];

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    // A hidden word changes nothing but its own log-prob, a word that is seen changes others, and so does the drawing.
    [Fact]
    public void Hidden_words_are_not_seen_and_all_else_is()
    {
        bool[] masked = [true, true, false, false, true, false, false];
        int[] words = [2, 3, 4, 9, 10, 1, 1];
        double[] Row(Prompt prompt, params int[] tokens) => Numbers(_model.LogProbs([new(Response(prompt, tokens), masked)]).LogProbs);

        double[] first = Row(_prompts[0], words), hidden = Row(_prompts[0], [5, .. words[1..]]);
        double[] seen = Row(_prompts[0], [.. words[..2], 7, .. words[3..]]);
        double[] other = Row(_prompts[2], words);

        Assert.Equal(first[1..], hidden[1..]);
        Assert.NotEqual(first[0], hidden[0]);
        Assert.All(new[] { 0, 1, 4 }, t => Assert.True(Math.Abs(first[t] - seen[t]) > 1e-4 && Math.Abs(first[t] - other[t]) > 1e-4));
        Assert.All(new[] { 2, 3, 5, 6 }, t => Assert.Equal(0, first[t]));
        ActionLogProbs both = _model.LogProbs([new(Response(_prompts[0], words), masked), new(Response(_prompts[2], words), masked)]);
        Assert.All(first.Concat(other).Zip(Numbers(both.LogProbs)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    // A model that does not know places reads squares of 8 x 8 in any order: two that change places change nothing, half squares do.
    [Theory]
    [InlineData(8, true)]
    [InlineData(4, false)]
    public void A_picture_is_read_in_squares(int side, bool same)
    {
        using (no_grad())
            _ = _model.Trainable.Single(item => item.Name == "places.weight").Value.zero_();
        byte[] pixels = [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(i * i % 251))], swapped = [.. pixels];
        for (int y = 0; y < side; y++)
            for (int k = 0; k < side * 3; k++)
                (swapped[At(y, k)], swapped[At(y + 16, k + 8 * 3)]) = (pixels[At(y + 16, k + 8 * 3)], pixels[At(y, k)]);
        Tensor hidden = zeros(1, NamedObjects.Slots, dtype: ScalarType.Int64);

        double gap = (_model.Distribution([Of(pixels)], hidden).exp() - _model.Distribution([Of(swapped)], hidden).exp()).abs().max().item<float>();

        Assert.Equal(same, gap < 1e-5);

        static int At(int y, int k) => y * 64 * 3 + k;

        Prompt Of(byte[] image) => _prompts[0] with
        {
            Example = _prompts[0].Example with { Images = [ImageSource.FromImage(new(64, 64, image))] },
        };
    }

    // The hidden token and those of questions have no chance; the entropy is that of the words that have one.
    [Fact]
    public void Words_alone_are_said()
    {
        int[] words = [2, 3, 4, 9, 10, 1, 1];
        double[] all = Numbers(_model.Distribution([_prompts[0]], zeros(1, NamedObjects.Slots, dtype: ScalarType.Int64)).exp());
        ActionLogProbs now = _model.LogProbs([new(Response(_prompts[0], words), [.. words.Select(_ => true)])]);

        foreach ((int t, double[] chances) in all.Chunk(NamedObjects.Vocabulary).Index())
        {
            Assert.Equal(1, chances.Sum(), 1e-5);
            Assert.Equal(0, chances[NamedObjects.Mask] + chances[NamedObjects.Words.Length..].Sum());
            Assert.Equal(Math.Log(chances[words[t]]), now.LogProbs[0, t].item<float>(), 1e-5);
            Assert.Equal(-chances.Where(p => p > 0).Sum(p => p * Math.Log(p)), now.Entropy[0, t].item<float>(), 1e-5);
        }
    }

    // Word by word by hand: of the hidden slots that of the most probable word is shown next, and stays.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void The_surest_words_are_shown_first(int perStep)
    {
        Rollout[] found = new Unmasking(0, perStep).Sample(_model, _prompts, 1, new(5, 1));

        foreach ((Prompt prompt, Rollout rollout) in _prompts.Zip(found))
        {
            (int[] words, double[] logs) = (new int[NamedObjects.Slots], new double[NamedObjects.Slots]);
            while (words.Contains(0))
            {
                double[][] rows = [.. Numbers(_model.Distribution([prompt], tensor(words.Select(word => (long)word).ToArray()).unsqueeze(0)))
                    .Chunk(NamedObjects.Vocabulary)];
                foreach (int t in Enumerable.Range(0, words.Length).Where(t => words[t] == 0).OrderBy(t => -rows[t].Max()).Take(perStep).ToArray())
                    (words[t], logs[t]) = (Array.IndexOf(rows[t], rows[t].Max()), rows[t].Max());
            }

            int end = Array.IndexOf(words, NamedObjects.End), length = end < 0 ? words.Length : end + 1;
            Assert.Equal(words[..length], rollout.Tokens);
            Assert.All(logs.Zip(rollout.LogProbs), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.Equal(end < 0 ? StopReason.Length : StopReason.EndOfSequence, rollout.Stop);
            Assert.Equal(NamedObjects.Text(words), rollout.Text);
        }
    }

    // The first word of 4000 responses at a temperature of 2, all shown at once: the shares of p^(1/2), to five of their deviations.
    [Fact]
    public void Words_are_drawn_at_the_temperature()
    {
        const int Count = 4000;
        double[] chances = [.. Numbers((_model.Distribution([_prompts[0]], zeros(1, NamedObjects.Slots, dtype: ScalarType.Int64)) / 2).softmax(-1))
            .Take(NamedObjects.Vocabulary)];
        var sampling = new Unmasking(2, NamedObjects.Slots);

        Rollout[] drawn = sampling.Sample(_model, [_prompts[0]], Count, new(5, 1));

        double[] shares = [.. Enumerable.Range(0, chances.Length).Select(word => drawn.Count(one => one.Tokens[0] == word) / (double)Count)];
        Assert.All(chances.Zip(shares), pair => Assert.Equal(pair.First, pair.Second, 5 * Math.Sqrt(pair.First * (1 - pair.First) / Count)));
        Assert.Contains(drawn, one => one.Stop == StopReason.EndOfSequence && one.Tokens.Length < NamedObjects.Slots);
        Assert.Equal(Enumerable.Range(0, Count), drawn.Select(one => one.Member));
        Assert.Equal(drawn.Take(5).Select(one => one.Text), sampling.Sample(_model, [_prompts[0]], 5, new(5, 1)).Select(one => one.Text));
        Assert.NotEqual(drawn.Take(5).Select(one => one.Text), sampling.Sample(_model, [_prompts[0]], 5, new(5, 2)).Select(one => one.Text));
    }

    // Red, red and blue are there: two of three fit and one said word does not, 2 / (3 + 3 - 2).
    [Theory]
    [InlineData("red blue green", 0.5)]
    [InlineData("blue red red", 1)]
    [InlineData("red red red", 0.5)]
    [InlineData("", 0)]
    public void A_response_earns_the_share_of_words_that_fit(string said, double score) =>
        Assert.Equal(score, NamedObjects.Score(said, ["red", "red", "blue"]).Value, 1e-12);

    private static Rollout Response(Prompt prompt, int[] tokens) =>
        new(prompt, 0, tokens, tokens, new float[tokens.Length], "", StopReason.EndOfSequence);

    private static double[] Numbers(Tensor value) => [.. value.detach().to(ScalarType.Float64).flatten().data<double>()];
}
