using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned;

namespace Learned.Tests;

/// <summary>How learned rewards are put beside those that rules give.</summary>
public class LearnedRewardsTests
{
    private static readonly Example s_one = Example.Ask([Message.User("one?")], [], "one");
    private static readonly Completion[] s_two = [new(s_one, "a"), new(s_one, "b")];

    [Fact]
    public async Task A_total_is_what_rules_give_and_each_learned_reward_times_its_weight()
    {
        using var rewards = new LearnedRewards([new(Fixed("rm", 2, 4), 0.5), new(Fixed("clip", 1, 3), 0)]);
        TotalScore[] verified = [TotalScore.Of(new ScorePart("word_match", 1, Score.One("match"))), TotalScore.Of(new ScorePart("word_match", 1, Score.Zero("no")))];

        IReadOnlyList<TotalScore> totals = await rewards.ScoreAsync(s_two, verified);

        Assert.Equal([1 + 0.5 * 2, 0 + 0.5 * 4], totals.Select(total => total.Value));
        Assert.Equal(["word_match", "rm", "clip"], totals[1].Parts.Select(part => part.Name));
        Assert.Equal([0, 4, 3], totals[1].Parts.Select(part => part.Score.Value));
    }

    [Fact]
    public async Task Without_rules_the_learned_rewards_are_all()
    {
        using var rewards = new LearnedRewards([new(Fixed("rm", 2, 4), 1)]);

        Assert.Equal([2, 4], (await rewards.ScoreAsync(s_two)).Select(total => total.Value));
    }

    // A judge that failed is no judge that said 0: the rollout leaves every mean.
    [Fact]
    public async Task What_a_paying_reward_cannot_score_is_not_scored_and_what_a_measuring_one_cannot_is()
    {
        using var paying = new LearnedRewards([new(Fixed("judge", null, 1), 1), new(Fixed("rm", 5, 5), 1)]);
        using var measuring = new LearnedRewards([new(Fixed("judge", null, 1), 0), new(Fixed("rm", 5, 5), 1)]);

        IReadOnlyList<TotalScore> paid = await paying.ScoreAsync(s_two), measured = await measuring.ScoreAsync(s_two);

        Assert.Equal([double.NaN, 6], paid.Select(total => total.Value));
        Assert.Equal([5.0, 5], measured.Select(total => total.Value));
        Assert.Equal(("judge", false, "timed out"), (paid[0].Parts[0].Name, paid[0].Parts[0].IsScored, paid[0].Parts[0].Score.Reason));
        Assert.Equal(5, paid[0].Parts[1].Score.Value);
    }

    [Fact]
    public async Task A_step_says_which_share_was_not_scored_and_learns_nothing_from_it()
    {
        using var rewards = new LearnedRewards([new(Fixed("judge", null, 1, 3, 1), 1)]);
        var prompt = new Prompt(s_one, "one?", [1], null, []);
        Rollout[] rollouts = [.. Enumerable.Range(0, 4).Select(i => new Rollout(prompt, i, [2], [2], [-1f], "x", StopReason.EndOfSequence))];

        Batch batch = GroupAdvantage.Estimate(Batch.Of(rollouts, await rewards.ScoreAsync([.. rollouts.Select(Completion.Of)])));
        StepStats stats = BatchMetrics.Of(batch);

        Assert.Equal(0.25, stats[Metric.FracUnscored]);
        Assert.Equal((1.0 + 3 + 1) / 3, stats[Metric.Reward], 1e-12);
        Assert.Equal((1.0 + 3 + 1) / 3, stats[$"{Metric.Reward}/judge"], 1e-12);
        Assert.Equal(0, batch[0].Advantage.Mean);
        Assert.True(batch[2].Advantage.Mean > 0);
    }

    [Fact]
    public async Task Segments_are_weighted_with_their_reward()
    {
        using var rewards = new LearnedRewards([new(new FixedReward("fgaif", [LearnedScore.Of(1, "two") with { Segments = [new(3, 2), new(7, -1)] }]), 0.5)]);

        TotalScore total = Assert.Single(await rewards.ScoreAsync([s_two[0]]));

        Assert.Equal(0.5, total.Value);
        Assert.Equal([new SegmentReward(3, 1), new SegmentReward(7, -0.5)], total.Segments);
    }

    [Fact]
    public void Names_are_apart_and_weights_finite()
    {
        Assert.Throws<ArgumentException>(() => new LearnedRewards([new(Fixed("rm", 1), 1), new(Fixed("rm", 1), 1)]));
        Assert.Throws<ArgumentException>(() => new LearnedRewards([new(Fixed("rm", 1), double.NaN)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearnedScore.Of(double.NaN, "no number"));
    }

    [Fact]
    public async Task A_reward_that_forgets_a_completion_is_found_out()
    {
        using var rewards = new LearnedRewards([new(Fixed("rm", 1), 1)]);

        ArgumentException found = await Assert.ThrowsAsync<ArgumentException>(() => rewards.ScoreAsync(s_two));
        Assert.Contains("rm gave 1 scores for 2 completions", found.Message, StringComparison.Ordinal);
    }

    // The judge of an address waits for a minute and more; whoever finds out before that nothing can be scored ends it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_that_fails_ends_the_others_and_is_what_is_told(bool atOnce)
    {
        var waiting = new HangingReward("judge");
        using var rewards = new LearnedRewards([new(waiting, 1), new(new FailingReward("rm", atOnce ? null : 20), 1)]);

        UsageException told = await Assert.ThrowsAsync<UsageException>(() => rewards.ScoreAsync(s_two).WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal("rm cannot score", told.Message);
        Assert.True(waiting.IsOver, "the other reward still runs");
    }

    [Fact]
    public async Task Of_two_that_fail_the_earlier_one_is_told()
    {
        using var rewards = new LearnedRewards([new(new FailingReward("late", 400), 1), new(new FailingReward("early", 20), 1)]);

        Assert.Equal("early cannot score", (await Assert.ThrowsAsync<UsageException>(() => rewards.ScoreAsync(s_two))).Message);
    }

    [Fact]
    public async Task Nobody_is_cancelled_because_another_is_done()
    {
        using var rewards = new LearnedRewards([new(Fixed("rm", 1, 2), 1), new(new SlowReward("judge"), 1)]);

        Assert.Equal([8.0, 9], (await rewards.ScoreAsync(s_two)).Select(total => total.Value));
    }

    [Fact]
    public async Task What_is_cancelled_from_outside_is_told_as_that()
    {
        using var rewards = new LearnedRewards([new(new HangingReward("judge"), 1), new(Fixed("rm", 1, 1), 1)]);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rewards.ScoreAsync(s_two, null, cancel.Token));
    }

    [Fact]
    public void Completions_of_one_question_are_a_group_and_of_equal_questions_are_not()
    {
        Example other = s_one with { Id = "other" }, twin = s_one with { };
        IReadOnlyList<int[]> groups = Completion.Groups([new(s_one, "a"), new(other, "b"), new(s_one, "c"), new(twin, "d")]);

        Assert.Equal([[0, 2], [1], [3]], groups);
    }

    private static FixedReward Fixed(string name, params double?[] values) =>
        new(name, [.. values.Select(value => value is { } one ? LearnedScore.Of(one, "fixed") : LearnedScore.NotScored("timed out"))]);
}

/// <summary>Gives what it was told to.</summary>
internal sealed class FixedReward(string name, IReadOnlyList<LearnedScore> scores) : ILearnedReward
{
    public string Name => name;

    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
        Task.FromResult(scores);

    public void Dispose()
    {
    }
}

/// <summary>Scores nothing until it is cancelled.</summary>
internal sealed class HangingReward(string name) : ILearnedReward
{
    public string Name => name;

    public bool IsOver { get; private set; }

    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return [];
        }
        finally
        {
            IsOver = true;
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>Scores 7 after a while.</summary>
internal sealed class SlowReward(string name) : ILearnedReward
{
    public string Name => name;

    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        await Task.Delay(100, cancel);
        return [.. completions.Select(_ => LearnedScore.Of(7, "slow"))];
    }

    public void Dispose()
    {
    }
}

/// <summary>Fails after some milliseconds, whether cancelled or not; null where it is asked.</summary>
internal sealed class FailingReward(string name, int? after) : ILearnedReward
{
    public string Name => name;

    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
        after is { } milliseconds ? FailAsync(milliseconds) : throw Failure();

    public void Dispose()
    {
    }

    private async Task<IReadOnlyList<LearnedScore>> FailAsync(int milliseconds)
    {
        await Task.Delay(milliseconds);
        throw Failure();
    }

    private UsageException Failure() => new($"{name} cannot score", "here", "another");
}
