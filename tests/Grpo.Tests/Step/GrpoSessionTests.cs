using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Step;

public class GrpoSessionTests
{
    private static readonly string Folder = Fixtures.PathOf("tiny_smolvlm");

    private static readonly GrpoOptions Options =
        new() { GroupSize = 4, MaxNewTokens = 6, LearningRate = 0.01, Beta = 0.1, MicroBatchSize = 3 };

    private static VisionLanguageModel Model() => VisionLanguageModel.Load(Folder, new() { Device = "cpu" });

    private static Example[] Examples(int first) => [.. Enumerable.Range(first, 2).Select(i =>
        Example.Ask([Message.User($"question {i}", 1)], [Path.Combine(Folder, "img2_20x20.png")], $"q{i}"))];

    // Letters are worth something whatever the truth is.
    private static Score Letters(string answer, Truth truth) => new(answer.Length % 7 / 6.0, "letters");

    private static string Weights(VisionLanguageModel model) => WeightChecksum.Of(model.Checkpoint!.Model.Parameters);

    [Fact]
    public void A_step_is_its_stages_one_after_the_other()
    {
        using VisionLanguageModel ours = Model(), theirs = Model();
        using var session = new GrpoSession(ours, Options, seed: 5);
        IPolicy policy = theirs.Policy();
        FusedAdamW optimizer = OptimizerStep.Create(policy, Options);
        using var reference = new ReferencePolicy(policy);
        string before = Weights(ours);

        foreach (int step in (int[])[1, 2])
        {
            StepStats stats = session.Step(Examples(step), Letters);

            Rollout[] rollouts = policy.Sample([.. Examples(step).Select(example => theirs.Prompt(example))],
                Options.GroupSize, Options.Sampling, new SampleKey(5, step));
            Batch batch = GroupAdvantage.Estimate(Batch.Of(rollouts, rollout => RewardSet.From(Reward.Of("reward", Letters))
                .Compute(rollout.Text, rollout.Prompt.Example.Truth)), Options.Advantage);
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, Options));
            StepStats expected = BatchMetrics.Of(batch) + GrpoUpdate.Apply(policy, optimizer, batch, Options, step);

            Assert.Equal(step, session.Steps);
            Assert.Equal(expected.Metrics().OrderBy(pair => pair.Key), stats.Metrics().OrderBy(pair => pair.Key));
            Assert.True(stats[Metric.Reward] is > 0 and < 1);
        }
        Assert.Equal(Weights(theirs), Weights(ours));
        Assert.NotEqual(before, Weights(ours));
    }

    // Two questions, four answers each: a reward of lengths sees the tokens that were sampled, and which answers are a group.
    [Fact]
    public void Rewards_see_a_whole_step_with_its_tokens_and_groups()
    {
        using VisionLanguageModel model = Model();
        using var session = new GrpoSession(model, Options with { Beta = 0 }, seed: 5);
        IReadOnlyList<Answer> seen = [];
        Reward lengths = Reward.OfBatch("lengths", (answers, _) =>
        {
            seen = answers;
            return [.. answers.Select(answer => new Score(answer.Tokens!.Count / 6.0, "tokens"))];
        });

        StepStats stats = session.Step(Examples(0), RewardSet.From(lengths));

        Assert.Equal(["q0", "q0", "q0", "q0", "q1", "q1", "q1", "q1"], seen.Select(answer => answer.Id));
        Assert.All(seen, answer => Assert.InRange(answer.Tokens!.Count, 1, 6));
        Assert.Equal(seen.Average(answer => answer.Tokens!.Count), stats[Metric.CompletionLength], 1e-6);
    }

    [Fact]
    public void A_cancelled_step_does_not_count_and_leaves_the_weights()
    {
        using VisionLanguageModel undisturbed = Model(), model = Model();
        using GrpoSession expected = new(undisturbed, Options), session = new(model, Options);
        using var soon = new CancellationTokenSource();
        string before = Weights(model);

        // While answers are scored: sampling is over, and nothing has moved.
        Assert.Throws<OperationCanceledException>(() => session.Step(Examples(0), Cancelling, soon.Token));
        Assert.Throws<OperationCanceledException>(() => session.Step(Examples(0), Letters, soon.Token));
        Assert.Equal((before, 0), (Weights(model), session.Steps));

        expected.Step(Examples(0), Letters);
        session.Step(Examples(0), Letters);
        Assert.Equal((Weights(undisturbed), 1), (Weights(model), session.Steps));

        Score Cancelling(string answer, Truth truth)
        {
            soon.Cancel();
            return Letters(answer, truth);
        }
    }

    [Fact]
    public void Options_out_of_range_and_steps_without_examples_are_refused()
    {
        using VisionLanguageModel model = Model();
        var error = Assert.Throws<OptionException>(() => new GrpoSession(model, new GrpoOptions { GroupSize = 1 }));
        Assert.Equal("GroupSize must be >= 2, got 1", error.Message);

        using var session = new GrpoSession(model);
        Assert.Throws<ArgumentException>(() => session.Step([], Letters));
    }
}
