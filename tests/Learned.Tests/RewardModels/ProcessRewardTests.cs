using Vlm.Rewards.Learned;

namespace Learned.Tests.RewardModels;

/// <summary>Rewards of the steps of an episode.</summary>
public class ProcessRewardTests
{
    // Sparse 0 0 0 1, done 0 1 0 1: rewards 0 1 0 2, returns at gamma 0.5: 2 -> 1 + ... = 0.75, 1.5, 1, 2.
    [Fact]
    public void A_classifier_adds_to_what_the_environment_pays()
    {
        double[] rewards = ProcessReward.PerStep([0, 0, 0, 1], [0, 1, 0, 1]);

        Assert.Equal([0, 1, 0, 2], rewards);
        Assert.Equal([0.75, 1.5, 1, 2], ProcessReward.Returns(rewards, 0.5));
        Assert.Equal([3, 3, 2, 2], ProcessReward.Returns(rewards));
    }

    [Fact]
    public void One_that_says_nothing_leaves_the_outcome_alone()
    {
        Assert.Equal([0, 0, 1], ProcessReward.PerStep([0, 0, 1], [0, 0, 0]));
        Assert.Equal([0, 0, 1], ProcessReward.PerStep([0, 0, 1], [null, null, null]));
        Assert.Throws<ArgumentException>(() => ProcessReward.PerStep([0, 1], [0]));
    }

    [Fact]
    public void What_stands_still_before_a_change_counts_as_done()
    {
        bool[] labels = ProcessReward.PseudoLabels(
            ends: [false, false, false, true, false, true, false], still: [true, false, true, true, true, false, true]);

        Assert.Equal([false, false, true, true, false, false, false], labels);
    }
}
