using TorchSharp;
using TorchSharp.Modules;
using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>What is left out of the update, and steps that sample until enough groups teach.</summary>
public sealed class LeaveOutTests : IDisposable
{
    private static readonly GrpoOptions s_refill = new()
    { GroupSize = 2, PromptsPerStep = 2, ZeroVariance = ZeroVariance.Refill, RefillRounds = 3, Steps = 10 };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Two groups: 1 0 and 1 1.
    [Theory]
    [InlineData(ZeroVariance.Keep, "")]
    [InlineData(ZeroVariance.Drop, "2 3")]
    [InlineData(ZeroVariance.Refill, "2 3")]
    public void Groups_without_spread_stay_or_go(ZeroVariance what, string left) =>
        Assert.Equal(left, Left(GroupAdvantage.Estimate(Batch([1, 0], [1, 1]), new() { ZeroVariance = what })));

    // Means 0.5, 1 and 0.
    [Fact]
    public void Groups_go_by_their_mean()
    {
        Batch batch = Batch([1, 0], [1.5, 0.5], [0.25, -0.25]);

        Assert.Equal("4 5", Left(GroupAdvantage.Estimate(batch, new() { GroupMeanMin = 0.01 })));
        Assert.Equal("2 3", Left(GroupAdvantage.Estimate(batch, new() { GroupMeanMax = 0.99 })));
        Assert.Equal("2 3 4 5", Left(GroupAdvantage.Estimate(batch, new() { GroupMeanMin = 0.01, GroupMeanMax = 0.99 })));
        Assert.Equal("", Left(GroupAdvantage.Estimate(batch, new() { GroupMeanMin = 0, GroupMeanMax = 1 })));
    }

    // A cut completion goes, and its reward is in the mean of its group all the same.
    [Fact]
    public void A_cut_completion_goes_after_it_was_compared()
    {
        Batch batch = Cut(Batch([1, 0, 0]), 1);

        Assert.Equal("", Left(GroupAdvantage.Estimate(batch)));
        batch = GroupAdvantage.Estimate(batch, new(AdvantageScale.None) { MaskTruncated = true });

        Assert.Equal("1", Left(batch));
        Assert.Equal(2.0 / 3, batch[0].Advantage[0], 1e-12);
        Assert.Equal(1.0 / 3, BatchMetrics.Of(batch)[Metric.FracLeftOut], 1e-12);
        Assert.DoesNotContain(Metric.FracLeftOut, BatchMetrics.Of(Batch([1, 0])).Sums.Keys);
    }

    // The update of a batch with samples left out is that of the others alone, in weights and in statistics.
    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    public void The_update_is_as_if_they_had_not_been_sampled(string aggregation)
    {
        Batch batch = Sampled();
        Batch marked = GroupAdvantage.Estimate(Cut(batch, 1, 3), new() { MaskTruncated = true });
        Batch without = new(marked.Where(sample => !sample.IsLeftOut));
        Assert.Equal(6, without.Count);

        (double[] one, StepStats first) = Moved(marked, aggregation);
        (double[] two, StepStats second) = Moved(without, aggregation);

        Assert.Equal(two, one);
        Assert.Equal(second[Metric.Loss], first[Metric.Loss]);
        Assert.NotEqual(Moved(GroupAdvantage.Estimate(batch), aggregation).Weights, one);
    }

    // As in TRL, where all completions were cut the loss is 0 and no weight moves, whatever the optimizer carries from before.
    [Fact]
    public void Where_all_are_left_out_nothing_moves()
    {
        using var policy = new BigramPolicy();
        using Vlm.Engine.FusedAdamW optimizer = OptimizerStep.Create(policy, Options());
        Batch batch = Sampled(), marked = GroupAdvantage.Estimate(Cut(batch, [.. Enumerable.Range(0, 8)]), new() { MaskTruncated = true });
        _ = GrpoUpdate.Apply(policy, optimizer, GroupAdvantage.Estimate(batch), Options(), 1);
        double[] before = policy.Weights();

        StepStats stats = GrpoUpdate.Apply(policy, optimizer, marked, Options(), 2);

        Assert.Equal(before, policy.Weights());
        Assert.Equal((0.0, 0.0), (stats[Metric.Loss], stats[Metric.Updates]));
        Assert.Equal(1, BatchMetrics.Of(marked)[Metric.FracLeftOut]);
    }

    // Rewards 1 and none beside 0.5 and none: they differ by what is there, where that counts; a group of NaN has no mean to go by.
    [Fact]
    public void Spread_is_that_of_the_rewards_that_count()
    {
        var prompt = new Prompt("p", "", [1], null, []);
        TotalScore[] scores = [.. new[] { 1, 0.5 }.Select(value =>
            TotalScore.None.Plus(new("form", 1, new(value, ""))).PlusUnscored("judge", 1, "none"))];
        Batch batch = Vlm.Grpo.Batch.Of([.. scores.Select(_ => SupervisedUpdate.Target(prompt, [1]))], scores);
        GrpoOptions one = s_refill with { PromptsPerStep = 1 }, partial = one with { UnscoredRewards = UnscoredRewards.Partial };

        Assert.Equal("0 1", Left(GroupAdvantage.Estimate(batch, one.Advantage)));
        Assert.Equal("", Left(GroupAdvantage.Estimate(batch, partial.Advantage)));
        Assert.True(DynamicSampling.Begin(batch, one).IsShort);
        Assert.False(DynamicSampling.Begin(batch, partial).IsShort);
        Assert.Equal("", Left(GroupAdvantage.Estimate(Batch([double.NaN, double.NaN]), new() { GroupMeanMin = 0.1, GroupMeanMax = 0.9 })));
    }

    // Round 0: one group of two teaches. Round 1: none. Round 2: two, of which one is wanted.
    [Fact]
    public void A_step_is_filled_from_further_rounds_and_keeps_what_teaches()
    {
        var step = DynamicSampling.Begin(Batch([1, 0], [1, 1]), s_refill);
        Assert.True(step.IsShort);
        Assert.Equal(StepStats.Empty.Sums, step.Stats.Sums);
        step = step.With(Batch([0, 0], [2, 2]));
        Assert.True(step.IsShort);
        Assert.Single(step.Batch.Groups);
        step = step.With(Batch([3, 5], [7, 8]));

        Assert.False(step.IsShort);
        Assert.Equal([1, 0, 3, 5], step.Batch.Select(sample => sample.Score.Value));
        Assert.Equal((2.0, 6.0), (step.Stats["refill/rounds"], step.Stats["refill/groups"]));
        Assert.Equal((1 + 0 + 1 + 1 + 0 + 0 + 2 + 2 + 3 + 5 + 7 + 8) / 12.0, step.Stats["refill/reward"], 1e-12);
        Assert.Null(step.Missed(1));
    }

    [Fact]
    public void A_step_that_never_finds_spread_ends_at_its_bound_and_says_so()
    {
        var step = DynamicSampling.Begin(Batch([1, 1], [1, 1]), s_refill);
        int rounds = 0;
        for (; step.IsShort; rounds++)
            step = step.With(Batch([0, 0], [double.NaN, 1]));

        Assert.Equal((3, 8), (rounds, step.Groups));
        Assert.Equal("no group of 8 in step 2 has rewards that differ, after 4 rounds", step.Missed(2));
        Assert.Equal(
            "error: no group of 8 in step 1 has rewards that differ, after 4 rounds: a larger GroupSize or a graded reward would find some\n"
            + "   at: ZeroVariance = refill\n  try: GroupSize = 4", Assert.Throws<OptionException>(() => step.Missed(1)).Render());
        Assert.Equal("0 1 2 3", Left(GroupAdvantage.Estimate(step.Batch, s_refill.Advantage)));
    }

    [Fact]
    public void Without_refill_a_step_is_what_it_was()
    {
        Batch batch = Batch([1, 1], [1, 1]);
        var step = DynamicSampling.Begin(batch, s_refill with { ZeroVariance = ZeroVariance.Drop });

        Assert.False(step.IsShort);
        Assert.Same(batch, step.Batch);
        Assert.Null(step.Missed(1));
    }

    // Pages of the data that no step of the run takes, each for one round of one step; numbers of prompts alike.
    [Fact]
    public void No_two_rounds_of_a_run_meet_the_same_prompts_or_numbers()
    {
        var pages = new HashSet<long>(Enumerable.Range(1, 10).Select(step => (long)step));
        for (long number = 1; number <= 10; number++)
        {
            var prompts = new HashSet<int> { 0 };
            for (var step = DynamicSampling.Begin(Batch([1, 1]), s_refill); step.IsShort; step = step.With(Batch([1, 1])))
                Assert.True(pages.Add(step.NextPage(number)) && prompts.Add(step.NextPrompt) && step.NextPrompt % 2 == 0);
        }

        Assert.Equal(10 + 30, pages.Count);
    }

    public void Dispose() => _scope.Dispose();

    private static GrpoOptions Options() =>
        new() { GroupSize = 4, PromptsPerStep = 2, MaxNewTokens = 4, LearningRate = 0.1, Steps = 10, MaxGradNorm = 0 };

    private static Batch Sampled()
    {
        using var policy = new BigramPolicy();
        Rollout[] rollouts = policy.Sample([BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)], 4, Options().Sampling, new(3, 1));
        return Updates.Scored(rollouts, [.. rollouts.Select((rollout, i) => rollout.Actions.Length + (0.3 * (i % 3)))]);
    }

    private static (double[] Weights, StepStats Stats) Moved(Batch batch, string aggregation)
    {
        using var policy = new BigramPolicy();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, Options() with { LossAggregation = aggregation }, 1);
        return (policy.Weights(), stats);
    }

    private static Batch Cut(Batch batch, params int[] cut) => new(batch.Select((sample, i) => sample with
    {
        Rollout = sample.Rollout with { Stop = cut.Contains(i) ? StopReason.Length : StopReason.EndOfSequence },
    }));

    private static Batch Batch(params double[][] groups)
    {
        (Rollout Rollout, double Reward)[] all = [.. groups.SelectMany((group, g) =>
        {
            var prompt = new Prompt($"p{g}", "", [1], null, []);
            return group.Select(reward => (SupervisedUpdate.Target(prompt, [1]), reward));
        })];
        return Updates.Scored([.. all.Select(one => one.Rollout)], [.. all.Select(one => one.Reward)]);
    }

    private static string Left(Batch batch) =>
        string.Join(' ', batch.Index().Where(item => item.Item.IsLeftOut).Select(item => item.Index));
}
