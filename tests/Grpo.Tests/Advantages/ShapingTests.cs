using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>What completions pay for their length, and normalised rewards.</summary>
public class ShapingTests
{
    // TRL's own test: limit 100, buffer 20.
    [Theory]
    [InlineData(50, 0)]
    [InlineData(80, 0)]
    [InlineData(90, -0.5)]
    [InlineData(100, -1)]
    [InlineData(110, -1)]
    public void The_overlong_penalty_rises_over_the_buffer(int length, double expected) =>
        Assert.Equal(expected, OverlongPenalty.Of(length, 100, 20), 1e-12);

    [Fact]
    public void A_buffer_that_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => OverlongPenalty.Of(5, 10, 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => OverlongPenalty.Of(5, 10, 0));
        Assert.Equal("MaxNewTokens must be >= OverlongBuffer (9), got 8", Assert.Throws<OptionException>(
            () => OptionsCheck.Validate(new GrpoOptions { MaxNewTokens = 8, Shaping = new() { OverlongBuffer = 9 } })).Message);
    }

    // acc 1 0 1 1, T 2 1 4 8, T_max 8, w_t 0.2.
    [Fact]
    public void Right_answers_pay_for_their_time_and_without_the_gate_all_do()
    {
        double[] acc = [1, 0, 1, 1], time = [2, 1, 4, 8];

        Same([0.95, 0, 0.90, 0.80], acc.Zip(time, (a, t) => ResponseTime.Reward(a, t, 8)));
        Same([0.95, -0.025, 0.90, 0.80], acc.Zip(time, (a, t) => ResponseTime.Reward(a, t, 8, gate: false)));
        Same([0.8], [ResponseTime.Reward(1, 80, 8)]);
        Same([1.6], [ResponseTime.Reward(1, 4, 8, accuracyWeight: 2, timeWeight: 0.8)]);
        Assert.Throws<ArgumentOutOfRangeException>(() => ResponseTime.Reward(1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ResponseTime.Reward(1, -1, 1));
    }

    // Limit 10, buffer 4, half a point; time 10, 0.2: length 8 costs 0.25 and 0.16 of what is right. The accuracy is asked, not the sum.
    [Fact]
    public void A_batch_pays_in_parts_of_its_own()
    {
        var options = new GrpoOptions
        { MaxNewTokens = 10, Shaping = new() { OverlongBuffer = 4, OverlongPenalty = 0.5, TimeWeight = 0.2 } };
        TotalScore right = TotalScore.Of(new ScorePart("acc", 1, new(1, "")), new ScorePart("form", 1, new(0.5, ""))).WithAccuracy("acc"),
            wrong = TotalScore.Of(new ScorePart("acc", 1, new(0, "")), new ScorePart("form", 1, new(0.5, ""))).WithAccuracy("acc");
        Batch batch = Batch.Of([Rollout(8), Rollout(8), Rollout(2), Rollout(8)], [right, wrong, right, TotalScore.Unscored]);

        Batch shaped = RewardShaping.Apply(batch, options);

        Same([1.5 - 0.25 - 0.16, 0.5 - 0.25, 1.5 - 0.04, double.NaN], shaped.Select(sample => sample.Score.Value));
        Assert.Equal(["acc", "form", "response_time", "overlong"], shaped[0].Score.Parts.Select(part => part.Name));
        Assert.Equal(1, shaped[0].Score.Accuracy!.Value.Value);
        Assert.Same(batch, RewardShaping.Apply(batch, new()));
    }

    // Length 8 costs 0.25 of it, and 0.16 where it is known to be right. A judge that did not answer frees nobody from that; what no reward
    // could score has nothing to pay from, unless it counts as 0.
    [Theory]
    [InlineData(UnscoredRewards.Exclude, double.NaN, double.NaN, double.NaN)]
    [InlineData(UnscoredRewards.Partial, 1 - 0.25 - 0.16, 0.5 - 0.25, double.NaN)]
    [InlineData(UnscoredRewards.Zero, 1 - 0.25 - 0.16, 0.5 - 0.25, -0.25)]
    public void What_counts_although_a_reward_could_not_score_it_pays_too(UnscoredRewards unscored, params double[] expected)
    {
        var options = new GrpoOptions
        {
            MaxNewTokens = 10,
            UnscoredRewards = unscored,
            Shaping = new() { OverlongBuffer = 4, OverlongPenalty = 0.5, TimeWeight = 0.2 },
        };
        TotalScore right = TotalScore.Of(new ScorePart("acc", 1, new(1, ""))).PlusUnscored("judge", 1, "none").WithAccuracy("acc"),
            form = TotalScore.Of(new ScorePart("form", 1, new(0.5, ""))).PlusUnscored("acc", 1, "none").WithAccuracy("acc");

        Batch shaped = RewardShaping.Apply(Batch.Of([Rollout(8), Rollout(8), Rollout(8)], [right, form, TotalScore.Unscored]), options);

        Same(expected, shaped.Select(sample => PaidRewards.Of(sample.Score, unscored)));
        Assert.All(shaped, sample => Assert.True(double.IsNaN(sample.Score.Value)));
    }

    // Shaping with a limit of its own and no gate: 8 of 16 tokens, 0.2: 0.1 for right and wrong.
    [Fact]
    public void Time_has_a_limit_of_its_own_where_one_is_set()
    {
        var options = new GrpoOptions { Shaping = new() { TimeLimit = 16, TimeWeight = 0.2, TimeGate = false } };
        Batch batch = Batch.Of([Rollout(8), Rollout(8)], [TotalScore.None, TotalScore.Of(new ScorePart("a", 1, new(1, "")))]);

        Same([-0.1, 0.9], RewardShaping.Apply(batch, options).Select(sample => sample.Score.Value));
    }

    [Fact]
    public void Moments_in_one_pass_are_those_of_all_numbers_together()
    {
        var random = new RandomStream(1, "moments");
        double[] numbers = [.. Enumerable.Range(0, 1000).Select(_ => 1e3 + random.NextDouble())];
        RunningMoments seen = default(RunningMoments).Add(numbers[..1]).Add(numbers[1..17]).Add([]).Add(numbers[17..]);
        double mean = numbers.Average(), variance = numbers.Sum(x => (x - mean) * (x - mean)) / 999;

        Assert.Equal(1000, seen.Count);
        Assert.Equal(mean, seen.Mean, 1e-12 * mean);
        Assert.Equal(variance, seen.Std * seen.Std, 1e-12);
        Assert.Equal(numbers[5], seen.Restore(seen.Normalize(numbers[5])), 1e-9);
        Assert.Equal(0.7, default(RunningMoments).Restore(0.7));
    }

    // 1 and 3: mean 2, deviation sqrt 2; and rewards that never differ are 0, not 1e8 times their rounding.
    [Fact]
    public void A_reward_is_measured_in_running_deviations_and_bounded()
    {
        RunningMoments seen = default(RunningMoments).Add([1, 3]);
        var sample = new Sample(Rollout(2), new(9, [])) { SegmentRewards = [3, 0] };
        double std = Math.Sqrt(2) + 1e-8;

        (double score, double[]? segments) = NormalReward.Of(sample, seen, 10);
        Same([7 / std, 3 / std, 0], [score, .. segments!]);
        Assert.Equal(2, NormalReward.Of(sample, seen, 2).Score);
        Assert.Equal(7 / std, NormalReward.Of(sample, seen, 0).Score, 1e-12);
        Assert.Null(NormalReward.Of(sample with { SegmentRewards = null }, seen, 2).Segments);
        Assert.Equal(0, NormalReward.Of(sample, default(RunningMoments).Add([9, 9, 9]), 10).Score);
    }

    private static Rollout Rollout(int tokens) => new(
        new("p", "", [1], null, []), 0, new int[tokens], new int[tokens], new float[tokens], "", StopReason.EndOfSequence);

    private static void Same(IEnumerable<double> expected, IEnumerable<double> found)
    {
        Assert.Equal(expected.Count(), found.Count());
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
