using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Grpo.Tests.Step;

public sealed class SupervisedStepTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private static readonly Rollout[] s_targets =
    [
        SupervisedUpdate.Target(BigramPolicy.Prompt("a", 0), [2, 3, 4]),
        SupervisedUpdate.Target(BigramPolicy.Prompt("b", 1), [3, 4]),
        SupervisedUpdate.Target(BigramPolicy.Prompt("c", 2), [3, 3, 3, 3, 4]),
    ];

    [Fact]
    public void The_loss_is_the_mean_surprise_of_all_tokens()
    {
        using var policy = new BigramPolicy();
        float[][] logProbs = ReferencePolicy.Of(policy, s_targets, new());
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
        StepStats stats = SupervisedUpdate.Apply(policy, optimizer, s_targets, new() { MicroBatchSize = 2 }, 1);

        Assert.Equal(-logProbs.Sum(row => row.Sum()) / 10, stats[Metric.Loss], 1e-6);
        Assert.Equal(10, stats.Sums[Metric.Entropy].Weight);
        Assert.Equal(1e-5, stats[Metric.LearningRate]);
    }

    // Lengths are 3, 2 and 5: with power 1 each answer's mean counts a third, with 0.5 its sum is divided by its root.
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void Long_answers_can_be_kept_from_drowning_short_ones(double power)
    {
        using var policy = new BigramPolicy();
        float[][] logProbs = ReferencePolicy.Of(policy, s_targets, new());
        double expected = logProbs.Sum(row => -row.Sum() / Math.Pow(row.Length, power))
            / logProbs.Sum(row => Math.Pow(row.Length, 1 - power));
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());

        StepStats stats = SupervisedUpdate.Apply(policy, optimizer, s_targets, new() { MicroBatchSize = 2 }, 1, power);

        Assert.Equal(expected, stats[Metric.Loss], 1e-6);
        Assert.NotEqual(-logProbs.Sum(row => row.Sum()) / 10, stats[Metric.Loss], 1e-3);
    }

    // A bigram model sees one token back, so a question told as part of the completion is the question told before it.
    [Fact]
    public void Questions_about_one_image_learn_together_what_they_learn_apart()
    {
        Prompt first = BigramPolicy.Prompt("a", 0) with { Tokens = [0, 1, 2, 4] };
        Prompt second = BigramPolicy.Prompt("b", 0) with { Tokens = [0, 1, 3] };
        int[][] answers = [[2, 4], [1, 1, 4]];

        (Rollout[] targets, int[] given) = SupervisedUpdate.SharedPrefixTargets([first, second], answers);
        double together = Loss(targets, given);
        double apart = Loss([SupervisedUpdate.Target(first, answers[0]), SupervisedUpdate.Target(second, answers[1])], null);

        Assert.Same(targets[0].Prompt, targets[1].Prompt);
        Assert.Equal([0, 1], targets[0].Prompt.Tokens);
        Assert.Equal([2, 4, 2, 4], targets[0].Tokens);
        Assert.Equal([3, 1, 1, 4], targets[1].Tokens);
        Assert.Equal([2, 1], given);
        Assert.Equal(apart, together, 1e-6);

        static double Loss(Rollout[] targets, int[]? given)
        {
            using var policy = new BigramPolicy();
            using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
            return SupervisedUpdate.Apply(policy, optimizer, targets, new(), 1, given: given)[Metric.Loss];
        }
    }

    [Fact]
    public void The_split_into_micro_batches_does_not_change_the_update()
    {
        double[] whole = Move(3), split = Move(1);

        Assert.True(whole.Max(Math.Abs) > 0.01);
        Assert.All(whole.Zip(split), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    // After 2 comes 3 in every target; after 0 comes 2: both follow from the data, so their surprise goes towards 0.
    [Fact]
    public void It_learns_what_it_is_shown()
    {
        using var policy = new BigramPolicy();
        var options = new UpdateOptions { LearningRate = 0.1, Steps = 150, LrScheduler = ScheduleShape.Cosine };
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        for (int step = 1; step <= options.Steps; step++)
            SupervisedUpdate.Apply(policy, optimizer, s_targets, options, step);

        float[][] logProbs = ReferencePolicy.Of(policy, s_targets, new());
        Assert.True(logProbs[0][0] > -0.1 && logProbs[0][1] > -0.1, $"{logProbs[0][0]} {logProbs[0][1]}");

        // After 3 comes 3 three times and 4 three times: nothing is less surprising than the shares themselves.
        Assert.Equal(Math.Log(3.0 / 6), logProbs[2][1], 0.02);
    }

    [Fact]
    public void A_step_without_tokens_is_refused()
    {
        using var policy = new BigramPolicy();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());

        Assert.Throws<ArgumentException>(() => SupervisedUpdate.Apply(
            policy, optimizer, [SupervisedUpdate.Target(BigramPolicy.Prompt("a", 0), [])], new(), 1));
    }

    public void Dispose() => _scope.Dispose();

    private static double[] Move(int microBatch)
    {
        using var policy = new BigramPolicy();
        double[] before = policy.Weights();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        SupervisedUpdate.Apply(policy, optimizer, s_targets, new() { MicroBatchSize = microBatch, MaxGradNorm = 0 }, 1);
        return [.. policy.Weights().Zip(before, (a, b) => a - b)];
    }
}
