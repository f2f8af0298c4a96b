using Vlm.Grpo.Tests.Runs;

namespace Vlm.Grpo.Tests.Ppo;

public sealed class PpoOptionsTests
{
    [Fact]
    public void The_defaults_are_allowed() => new PpoOptions().Validate();

    public static TheoryData<PpoOptions, string> Wrong { get; } = new()
    {
        { new() { Epochs = 0 }, "--epochs is 0 and must be at least 1|--epochs 0|--epochs 4" },
        { new() { Minibatches = 0 }, "--minibatches is 0 and must be at least 1|--minibatches 0|--minibatches 1" },
        { new() { Gamma = 1.5 }, "--gamma is 1.5 and must be from 0 to 1|--gamma 1.5|--gamma 1" },
        { new() { Lambda = -0.5 }, "--lambda is -0.5 and must be from 0 to 1|--lambda -0.5|--lambda 0.95" },
        { new() { RewardKl = -1 }, "--reward-kl is -1 and must be 0 or above|--reward-kl -1|--reward-kl 0.05" },
        { new() { ValueClip = -1 }, "--value-clip is -1 and must be 0 or above|--value-clip -1|--value-clip 0.2" },
        {
            new() { ValueWeight = double.NaN },
            "--value-weight is NaN and must be 0 or above|--value-weight NaN|--value-weight 0.1"
        },
        {
            new() { ValueLearningRate = 0 },
            "--value-learning-rate is 0 and must be above 0|--value-learning-rate 0|--value-learning-rate 0.001"
        },
        {
            new() { EntropyWeight = -1 },
            "--entropy-weight is -1 and must be 0 or above|--entropy-weight -1|--entropy-weight 0.01"
        },
        {
            new() { CriticWarmup = -1 },
            "--critic-warmup is -1 and must be 0 or above|--critic-warmup -1|--critic-warmup 20"
        },
        { new() { TargetKl = -1 }, "--target-kl is -1 and must be 0 or above|--target-kl -1|--target-kl 0.05" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_cannot_work_is_refused_with_one_that_does(PpoOptions options, string expected)
    {
        string[] parts = expected.Split('|');

        Assert.Equal(
            $"error: {parts[0]}\n   at: {parts[1]}\n  try: {parts[2]}",
            Assert.Throws<UsageException>(options.Validate).Render());
    }

    [Fact]
    public void A_recipe_that_holds_them_gets_them_on_its_command_line()
    {
        using var recipe = new TestRecipe();
        RecipeOptions? seen = null;
        int code = recipe.RunAs<RecipeOptions>(
            ["--epochs", "3", "--cut-off", "last-value", "--group-size", "6", "--out", recipe.Folder],
            run => seen = run.Options);

        Assert.Equal(0, code);
        Assert.Equal((3, CutOff.LastValue, 6), (seen!.Ppo.Epochs, seen.Ppo.CutOff, seen.GroupSize));
    }

    private sealed record RecipeOptions : GrpoOptions
    {
        public PpoOptions Ppo { get; init; } = new();
    }
}
