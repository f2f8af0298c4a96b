using Vlm;
using Vlm.Datasets;
using Vlm.Models.SmolVlm;
using Vlm.Rewards;
using Vlm.Rewards.Learned;
using Vlm.Text;
using static TorchSharp.torch;

namespace Learned.Tests.RewardModels;

/// <summary>Classifiers of segments: which states they read, what they earn, and what their labels teach.</summary>
public sealed class SegmentObjectiveTests : IDisposable
{
    private static readonly string[] s_labels = ["existence", "attribute", "relation"];
    private static readonly string[] s_texts = ["A small red circle, a large blue square and a star.", "A red circle.", "x, y"];
    private readonly string _work = Directory.CreateTempSubdirectory("vlm-segments-").FullName;
    private readonly VisionLanguageModel _vlm;

    public SegmentObjectiveTests()
    {
        CompleteFolder.Write(Path.Combine(_work, "base"), inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, s_texts, seed: 1));
        _vlm = VisionLanguageModel.Load(Path.Combine(_work, "base"), new() { Device = "cpu" });
    }

    public void Dispose()
    {
        _vlm.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    [Theory]
    [InlineData(RewardPooling.Last)]
    [InlineData(RewardPooling.Mean)]
    public void A_segment_is_scored_by_the_states_of_its_own_tokens(RewardPooling pooling)
    {
        using RewardHead head = Head(pooling);
        (RewardModel model, Rollout[] answers) = Model(head);
        int[][] ends = [.. answers.Select(answer => TextSegments.Ends(answer.Text))];
        using var scope = NewDisposeScope();
        using var off = no_grad();

        Tensor scores = SegmentObjective.Scores(model, _vlm.Processor.Tokenizer, answers, ends);

        Assert.Equal([ends.Sum(row => row.Length), 3], scores.shape);
        int segment = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            Tensor states = model.States([answers[i]])[0];
            int[] letters = TokenEnds.Of(_vlm.Processor.Tokenizer, answers[i].Tokens);
            int from = 0;
            foreach (int end in ends[i])
            {
                int to = letters.Index().First(item => item.Item >= end).Index + 1;
                Tensor read = pooling == RewardPooling.Last ? states[to - 1] : states[from..to].mean([0]);
                Assert.Equal(head.Forward(read).data<float>().ToArray(), scores[segment++].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
                from = to;
            }
        }
    }

    // Every label from -1 to 1, as far as the model is sure: log 3 is sure by three to one.
    [Fact]
    public void A_segment_earns_the_mean_of_its_labels_and_an_answer_without_segments_nothing()
    {
        using RewardHead head = Head(RewardPooling.Mean);
        (RewardModel model, Rollout[] answers) = Model(head);
        answers = [.. answers, model.Answer(answers[0].Prompt, "")];
        using var scope = NewDisposeScope();
        using var off = no_grad();

        IReadOnlyList<SegmentReward[]> earned = SegmentObjective.Rewards(model, _vlm.Processor.Tokenizer, answers);

        Assert.Equal([3, 1, 2, 0], earned.Select(one => one.Length));
        Tensor scores = SegmentObjective.Scores(model, _vlm.Processor.Tokenizer, answers, [.. answers.Select(answer => TextSegments.Ends(answer.Text))]);
        double[] expected = [.. scores.data<float>().ToArray().Chunk(3).Select(row => row.Average(score => Math.Tanh(score / 2)))];
        Assert.Equal(expected, earned.SelectMany(one => one).Select(one => one.Value), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(TextSegments.Ends(s_texts[0]), earned[0].Select(one => one.End));
    }

    [Fact]
    public void The_loss_is_the_binary_cross_entropy_of_labels_and_segments()
    {
        using RewardHead head = Head(RewardPooling.Mean);
        (RewardModel model, Rollout[] answers) = Model(head);
        SegmentedAnswer[] labelled = [.. answers.Select((answer, i) =>
            new SegmentedAnswer(answer, TextSegments.Ends(answer.Text), [.. TextSegments.Ends(answer.Text).Select((_, j) => new[] { i == 0, j == 1, true })]))];
        using var scope = NewDisposeScope();
        using var off = no_grad();
        float[] scores = SegmentObjective.Scores(model, _vlm.Processor.Tokenizer, answers, [.. labelled.Select(one => one.Ends)]).data<float>().ToArray();
        bool[] right = [.. labelled.SelectMany(one => one.Labels).SelectMany(row => row)];

        (Tensor loss, int correct, int count) = SegmentObjective.Compute(model, _vlm.Processor.Tokenizer, labelled);

        Assert.Equal((18, scores.Zip(right).Count(item => item.First > 0 == item.Second)), (count, correct));
        Assert.Equal(scores.Zip(right).Average(item => Math.Log(1 + Math.Exp(item.Second ? -item.First : item.First))), loss.item<float>(), 1e-5);
    }

    private (RewardModel, Rollout[]) Model(RewardHead head)
    {
        var model = new RewardModel(_vlm.Checkpoint!.Model, _vlm.Processor, head);
        Prompt prompt = _vlm.Processor.Prompt(Shapes.Example(1, Split.Test, 0), null);
        return (model, [.. s_texts.Select(text => model.Answer(prompt, text))]);
    }

    private RewardHead Head(RewardPooling pooling)
    {
        RewardHead head = RewardHead.New(s_labels, _vlm.Checkpoint!.Model.Sizes.Attention.HiddenSize, CPU, pooling);
        using var off = no_grad();
        foreach ((_, var value) in head.Parameters)
            _ = value.normal_(0, 0.2, new Generator(5));
        return head;
    }
}
