using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>Rewards within a completion, at the tokens that end their segments.</summary>
public class SegmentRewardTests
{
    // Two segments that end at tokens 3 and 7; R = (+1, -1), (+1, +1), (-1, +1) with weights 1, 0.5, 0.5:
    // r_3 = 1 + 0.5 - 0.5 = 1, r_7 = -1 + 0.5 + 0.5 = 0.
    [Fact]
    public void Three_classifiers_pay_at_the_ends_of_two_segments()
    {
        double[][] values = [[1, -1], [1, 1], [-1, 1]];
        double[] weights = [1, 0.5, 0.5];
        int[] ends = [3, 7, 11, 15, 18, 22, 26, 30];
        SegmentReward[] segments = [.. values.Zip(weights, (two, weight) => new[] { new SegmentReward(15, weight * two[0]), new(30, weight * two[1]) })
            .SelectMany(two => two)];

        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], TokenRewards.Place(segments, ends));
    }

    [Fact]
    public void A_segment_ends_with_the_token_that_completes_it_and_none_is_lost()
    {
        int[] ends = [4, 4, 9];      // the second token is half a character

        Assert.Equal([0.5, 0, 2], TokenRewards.Place([new(2, 0.5), new(5, 1), new(40, 1)], ends));
    }

    // Score 2, of which 0.75 belongs to the first action and 0.25 to the second.
    [Fact]
    public void What_no_segment_has_stays_with_the_last_action_and_the_sum_is_the_score()
    {
        double[] rewards = TokenRewards.Shape(2, [-1f, -1f, -1f], segments: [0.75, 0.25, 0]);

        Assert.Equal([0.75, 0.25, 1], rewards);
        Assert.Equal(2, rewards.Sum());
    }
}
