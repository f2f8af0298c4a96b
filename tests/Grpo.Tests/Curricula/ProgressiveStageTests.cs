using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

public class ProgressiveStageTests
{
    private const int Group = 8;
    private static readonly double[] s_accuracies = [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1];
    private static readonly RewardSet s_paid = new([new(Reward.Table["word_match"], 1), new(Reward.Table["soft_overlong"], 1)], Reward.Table["word_match"]);

    // A run of the three stages over prompts that are right in a scripted share of their rollouts: what a stage multiplies advantages by is
    // the card's table, cos(pi (a - 1/2)) where it is neither 0 nor 1. Where all are wrong, or right, lengths still differ.
    [Theory]
    [InlineData(0, 0.0, 0.3827, 0.7071, 1.0, 1.0, 1.0, 1.0)]
    [InlineData(1, 0.0, 0.3827, 0.7071, 1.0, 0.7071, 0.3827, 0.0)]
    [InlineData(2, 0.25, 1.0, 1.0, 1.0, 0.7071, 0.3827, 0.0)]
    public void Three_stages_weigh_prompts_by_a_scripted_table_of_accuracies(int number, params double[] weights)
    {
        ProgressiveStage stage = ProgressiveStage.VlCogito[number];
        var compared = GroupAdvantage.Estimate(Batch.Scored([.. s_accuracies.SelectMany((accuracy, p) => Rollouts(stage, p, accuracy))]));

        (Batch weighed, StepStats stats) = stage.Weigh(compared);

        Assert.All(compared, sample => Assert.NotEqual(0, sample.Advantage.Mean));
        Assert.Equal(s_accuracies.Length * Group, weighed.Count);
        foreach ((int[] group, double weight) in weighed.Groups.Zip(weights))
            Assert.All(group, i => Assert.Equal(weight * compared[i].Advantage.Mean, weighed[i].Advantage.Mean, 1e-4));
        Assert.Equal(weights.Average(), stats[Metric.PromptWeight], 1e-4);
    }

    // T = 400: -0.25 (1 + cos(pi L / 400)), and -0.5 from 800 on.
    [Theory]
    [InlineData(0, -0.5)]
    [InlineData(100, -0.42678)]
    [InlineData(200, -0.25)]
    [InlineData(400, 0)]
    [InlineData(600, -0.25)]
    [InlineData(800, -0.5)]
    public void Only_the_last_stage_pays_for_length(int length, double penalty)
    {
        foreach (ProgressiveStage stage in ProgressiveStage.VlCogito)
        {
            Prompt prompt = stage.On(Prompt(0));
            var batch = Batch.Scored([Rollout(prompt, 0, true, 300), Rollout(prompt, 1, true, 500), Rollout(prompt, 2, false, length)]);

            double? paid = batch[2].Score.Parts.Where(part => part.Name == "dynamic_length").Select(part => (double?)part.Score.Value).SingleOrDefault();
            Assert.Equal(stage.Name == "hard" ? penalty : (double?)null, paid is { } value ? Math.Round(value, 5) : (double?)null);
            Assert.Equal(stage.Name == "hard" ? penalty : 0, batch[2].Score.Value - batch[2].Score.Parts.First(part => part.Name == "soft_overlong").Score.Value, 1e-5);
            Assert.Equal(0, batch[2].Score.Accuracy!.Value.Value);
        }
    }

    // Where none is right: half of it, up to 750 tokens, nothing above, and -0.25 at the limit.
    [Theory]
    [InlineData(0, -0.25)]
    [InlineData(375, -0.125)]
    [InlineData(750, 0)]
    [InlineData(4096, -0.25)]
    public void A_prompt_without_a_right_answer_has_a_fixed_target(int length, double penalty)
    {
        Prompt prompt = ProgressiveStage.VlCogito[2].On(Prompt(0));
        Sample wrong = Batch.Scored([Rollout(prompt, 0, false, length), Rollout(prompt, 1, false, 10)])[0];

        Assert.Equal(penalty, wrong.Score.Parts.Single(part => part.Name == "dynamic_length").Score.Value, 1e-9);
    }

    [Fact]
    public void What_pays_for_length_already_stays()
    {
        Prompt prompt = Prompt(0) with { Example = Prompt(0).Example with { Rewards = new RewardSet([new(Reward.Table["word_match"], 1), new(Reward.Table["dynamic_length"], 0.5)], null) } };

        Assert.Same(prompt, ProgressiveStage.VlCogito[2].On(prompt));
        Assert.Same(prompt, ProgressiveStage.VlCogito[0].On(prompt));
        Assert.Equal(["easy", "medium", "hard"], ProgressiveStage.VlCogito.Select(stage => stage.Name));
    }

    // How answers are found stays, and a prompt without rewards of its own keeps those of its kind.
    [Fact]
    public void The_length_is_paid_beside_what_was_paid()
    {
        Prompt boxed = Prompt(0) with { Example = Prompt(0).Example with { Rewards = s_paid.WithAnswerFormat(AnswerFormat.Table["boxed"]) } };
        Prompt plain = Prompt(0) with { Example = Prompt(0).Example with { Rewards = null } };

        RewardSet paid = ProgressiveStage.VlCogito[2].On(boxed).Example.Rewards!;
        Assert.Equal("boxed", paid.Format.Name);
        Assert.Equal([("word_match", 1.0), ("soft_overlong", 1), ("dynamic_length", 1)], paid.Parts.Select(part => (part.Reward.Name, part.Weight)));
        Assert.Equal(["word_match", "dynamic_length"],
            ProgressiveStage.VlCogito[2].On(plain).Example.Rewards!.Parts.Select(part => part.Reward.Name));
        Assert.Equal("word_match", ProgressiveStage.VlCogito[2].On(plain).Example.Rewards!.Accuracy!.Name);
    }

    // Lengths beyond the soft limit differ, so that equal answers do not earn the same.
    private static IEnumerable<Rollout> Rollouts(ProgressiveStage stage, int number, double accuracy)
    {
        Prompt prompt = stage.On(Prompt(number));
        return Enumerable.Range(0, Group).Select(i => Rollout(prompt, i, i < accuracy * Group, 17_000 + (400 * i)));
    }

    private static Prompt Prompt(int number) => new(
        new Example($"p{number}", "word", [], [Message.User("color?")], new Truth.Word("red"), "red") { Rewards = s_paid }, "", [1], null, []);

    private static Rollout Rollout(Prompt prompt, int member, bool right, int length) => new(
        prompt, member, new int[length], new int[length], new float[length], right ? "red" : "blue", StopReason.EndOfSequence);
}
