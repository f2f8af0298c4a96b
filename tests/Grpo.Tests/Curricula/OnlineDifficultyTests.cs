using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

public class OnlineDifficultyTests
{
    private static readonly double[] s_accuracies = [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1];

    // cos(pi/4) = 0.7071, cos(3 pi/8) = 0.3827
    [Theory]
    [InlineData(DifficultyStage.Easy, 0.0, 0.3827, 0.7071, 1.0, 1.0, 1.0, 1.0)]
    [InlineData(DifficultyStage.Medium, 0.0, 0.3827, 0.7071, 1.0, 0.7071, 0.3827, 0.0)]
    [InlineData(DifficultyStage.Hard, 0.25, 1.0, 1.0, 1.0, 0.7071, 0.3827, 0.0)]
    public void The_weights_of_the_released_code(DifficultyStage stage, params double[] weights) =>
        Assert.All(s_accuracies.Zip(weights), pair => Assert.Equal(pair.Second, OnlineDifficulty.Soft(stage, pair.First), 5e-5));

    // In the code a prompt that is always answered wrong weighs nothing in any of the binary variants.
    [Theory]
    [InlineData(DifficultyStage.Easy, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)]
    [InlineData(DifficultyStage.Medium, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0)]
    [InlineData(DifficultyStage.Hard, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)]
    public void The_binary_weights_of_the_released_code(DifficultyStage stage, params double[] weights) =>
        Assert.Equal(weights, s_accuracies.Select(accuracy => OnlineDifficulty.Binary(stage, accuracy)));

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_share_is_between_0_and_1(double accuracy) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OnlineDifficulty.Soft(DifficultyStage.Easy, accuracy));

    // 1/.01 + 1/.04 + 1/.0025 = 100 + 25 + 400 = 525; 3 * 100/525 = 0.5714.
    [Fact]
    public void A_small_target_weighs_more_and_the_mean_is_1()
    {
        double[] weights = TargetArea.Weights([0.01, 0.04, 0.0025]);

        Assert.Equal([0.5714, 0.1429, 2.2857], weights.Select(weight => Math.Round(weight, 4)));
        Assert.Equal(3, weights.Sum(), 1e-12);
        Assert.Equal([1, 0.4, 1.6], TargetArea.Weights([double.NaN, 0.4, 0.1]).Select(weight => Math.Round(weight, 12)));
        Assert.Throws<ArgumentOutOfRangeException>(() => TargetArea.Weights([0.5, 0]));
        Assert.Equal(0.06, TargetArea.Of(new Truth.Region(new(10, 10, 40, 30), Frame.OriginalPixels, 100, 100)), 1e-12);
        Assert.True(double.IsNaN(TargetArea.Of(new Truth.Word("red"))));
    }

    // By accuracy and not by reward: all of the first prompt are wrong and differ in form; of the second three of four are right.
    [Fact]
    public void Advantages_are_multiplied_by_the_weight_of_their_prompt()
    {
        Batch batch = GroupAdvantage.Estimate(Scored.Batch([(0, 0.5), (0, 0), (0, 0), (0, 0)], [(1, 0), (1, 0), (1, 0), (0, 0)]));

        (Batch hard, StepStats stats) = PromptWeight.Apply(batch, "odsw-hard");

        Assert.Equal(batch.Take(4).Select(sample => 0.25 * sample.Advantage.Mean), hard.Take(4).Select(sample => sample.Advantage.Mean));
        Assert.All(batch.Skip(4).Zip(hard.Skip(4)), pair => Assert.Equal(0.70710678 * pair.First.Advantage.Mean, pair.Second.Advantage.Mean, 1e-8));
        Assert.Equal((0.25 + 0.70710678) / 2, stats[Metric.PromptWeight], 1e-8);
        Assert.NotEqual(0, hard[0].Advantage.Mean);
        Assert.Same(batch, PromptWeight.Apply(batch, PromptWeight.None).Batch);
    }

    [Fact]
    public void Rewards_that_do_not_say_what_is_right_are_a_mistake_in_three_lines()
    {
        var error = Assert.Throws<UsageException>(() => PromptWeight.Apply(
            Updates.Scored([SupervisedUpdate.Target(new("p7", "", [1], null, []), [1])], [0.5]), "odsw-easy"));

        Assert.StartsWith("error: a curriculum needs to know which answers are right", error.Render(), StringComparison.Ordinal);
        Assert.Contains("record p7", error.Render(), StringComparison.Ordinal);
    }
}
