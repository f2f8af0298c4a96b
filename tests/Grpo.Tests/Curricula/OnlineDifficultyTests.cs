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

    // 0.9 is not right: one of four is. A prompt of which nothing was scored weighs 1, and so does one without a target.
    [Fact]
    public void Only_what_is_right_counts_and_a_prompt_without_a_score_weighs_1()
    {
        Batch batch = Scored.Batch([(1, 0), (0.9, 0), (0.6, 0), (double.NaN, 0), (0, 0)], [(double.NaN, 0), (double.NaN, 0)]);

        Assert.Equal([0.25, double.NaN], GroupSuccess.Of(batch));
        Assert.Equal((0.70710678 + 1) / 2, PromptWeight.Apply(batch, "odsw-easy").Stats[Metric.PromptWeight], 1e-8);
        Assert.Equal(1, PromptWeight.Apply(batch, "binary-hard").Stats[Metric.PromptWeight]);
        Assert.Equal(1, PromptWeight.Apply(batch, "small-target").Stats[Metric.PromptWeight]);
    }

    // Targets of a hundredth and a quarter of their images: 2 * 100 / 104 and 2 * 4 / 104; one that is larger than its image covers it.
    [Fact]
    public void Weights_follow_targets_reach_every_action_and_a_factor_is_taken_besides()
    {
        Prompt[] prompts = [Target(10), Target(50)];
        Batch batch = new Batch(prompts.Select(prompt => new Sample(SupervisedUpdate.Target(prompt, [1, 2]), TotalScore.Unscored)))
            .With([new[] { 1.0, -2 }, 3]);

        Batch weighed = PromptWeight.Apply(batch, "small-target", factor: 0.5).Batch;
        Batch plain = PromptWeight.Apply(batch, PromptWeight.None, factor: 0.5).Batch;

        Assert.Equal([100 / 104.0, -200 / 104.0, 12 / 104.0],
            new[] { weighed[0].Advantage[0], weighed[0].Advantage[1], weighed[1].Advantage[0] }.Select(value => Math.Round(value, 12)), Near);
        Assert.Equal([0.5, -1, 1.5], new[] { plain[0].Advantage[0], plain[0].Advantage[1], plain[1].Advantage[0] });
        Assert.Equal(1, TargetArea.Of(Target(200).Example.Truth));

        static bool Near(double a, double b) => Math.Abs(a - b) < 1e-9;

        static Prompt Target(int side) => new(new Example($"t{side}", "gui", [], [Message.User("?")],
            new Truth.Region(new(0, 0, side, side), Frame.OriginalPixels, 100, 100), ""), "", [1], null, []);
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
