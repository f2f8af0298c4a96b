using Recipes.Cli;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned;
using Vlm.Testing;

namespace Cli.Tests;

/// <summary>Learned rewards as they are typed, and what of a run's options reaches them.</summary>
public class LearnedRewardLoaderTests
{
    // Seen as large as the options say, one picture fills the context; as the model's own files say, it leaves room.
    [Theory]
    [InlineData(true, "not answered: ")]
    [InlineData(false, "no verdict ")]
    public async Task A_policy_that_judges_itself_sees_images_as_it_does_in_training(bool large, string reason)
    {
        using var policy = VisionLanguageModel.Load(Fixtures.PathOf("tiny_qwen2_vl"), new() { Device = "cpu" });
        long? pixels = large ? 28L * 28 * (policy.MaxPositions + 64) : null;
        var seen = new SeenOptions { MinPixels = pixels, MaxPixels = pixels * 2 };
        var options = new RewardOptions { Judge = new() { Rubric = "yes-no", JudgeMaxTokens = 4 } };
        Example example = Example.Ask([Message.User("what?", 1)], [new RgbImage(56, 56, new byte[56 * 56 * 3])], "row");

        using ILearnedReward judge = LearnedRewardLoader.Load(LearnedSpec.Parse("judge:self"), "judge", options, new(TorchSharp.torch.CPU, null, seen, policy));
        LearnedScore score = Assert.Single(await judge.ScoreAsync([new(example, "nothing")]));

        Assert.Null(score.Value);
        Assert.StartsWith(reason, score.Reason, StringComparison.Ordinal);
    }
}
