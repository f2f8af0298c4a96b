using TorchSharp;
using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

/// <summary>Groups with more than the rollouts of their prompt: a label, a privileged half, permuted copies.</summary>
public class GroupRolloutTests
{
    private static readonly GrpoOptions s_options = new() { MaxNewTokens = 4, GroupSize = 4, AdvantageEpsilon = 1e-12, LossAggregation = Aggregation.SeqMeanTokenMean };

    // Mean .4 of 0 1 0 1 and .5: deviations -.5, .5, 0 over .5 (n - 1) or .4472 (n): 1.118.
    // Of 0 0 0 0 and 1: -.2 and .8 over .4472 or .4.
    [Theory]
    [InlineData(0.5, -1.0, 1.0, 0.0, 1.118, 0.0, 1.0, 0.0, 1.0)]
    [InlineData(1.0, -0.4472, -0.4472, 1.7889, 0.5, 0.0, 0.0, 0.0, 0.0)]
    public void A_label_is_one_more_reward_unless_a_rollout_is_as_good(
        double label, double first, double second, double advantage, double population, params double[] rewards)
    {
        Assert.Equal(label, LabelRollouts.Smoothed(rewards, 1));
        double[] found = GroupAdvantage.Compute([[.. rewards, label]], s_options.Advantage)[0];

        Assert.Equal([first, second, advantage], new[] { found[0], found[1], found[4] }.Select(value => Math.Round(value, 4)));
        Assert.Equal(population, Math.Abs(found[0]) * Math.Sqrt(5 / 4.0), 5e-4);
    }

    [Fact]
    public void A_label_earns_nothing_for_its_form()
    {
        TotalScore label = TotalScore.Of(new("accuracy", 1, Score.One("")), new("answer_tags", 0.5, Score.One(""))).WithAccuracy("accuracy");
        TotalScore wrong = TotalScore.Of(new("accuracy", 1, Score.Zero("")), new("answer_tags", 0.5, Score.One("")));
        TotalScore right = TotalScore.Of(new("accuracy", 1, Score.One("")), new("answer_tags", 0.5, Score.Zero("")));

        Assert.Equal(1, LabelRollouts.Reward(label, [wrong, wrong]).Value);
        TotalScore smoothed = LabelRollouts.Reward(label, [wrong, right, TotalScore.Unscored]);
        Assert.Equal(0.75, smoothed.Value);
        Assert.Equal([0.5, 0.5], smoothed.Parts.Select(part => part.Score.Value));
    }

    [Fact]
    public void A_label_longer_than_a_completion_may_be_is_a_mistake_in_three_lines()
    {
        Prompt prompt = Asked("r9", "a long answer");

        var error = Assert.Throws<UsageException>(() => LabelRollouts.Of([prompt], _ => [1, 2, 3, 0, 4], s_options));

        Assert.Equal("error: the label has 5 tokens, and a completion may have 4\n   at: record r9\n"
            + "  try: --max-new-tokens 5, or leave out --label-rollout", error.Render());
        Assert.Throws<UsageException>(() => LabelRollouts.Of([Asked("r9", "")], _ => [4], s_options));
        Assert.Throws<UsageException>(() => LabelRollouts.Of([prompt], _ => [4], s_options with { Sampling = new() { TopK = 3, MaxNewTokens = 4 } }));
    }

    // With a ratio of 1 the label's gradient is its advantage / (G + 1) of the gradient of supervised training.
    [Fact]
    public void The_gradient_of_a_label_is_its_advantage_times_that_of_supervised_training()
    {
        using var policy = new BigramPolicy();
        Prompt prompt = BigramPolicy.Prompt("p", 0);
        Rollout label = OffPolicy.WithLogProbs(policy, [SupervisedUpdate.Target(prompt, [2, 1, BigramPolicy.End])], s_options)[0];
        double[] supervised = Gradient(policy, () => -policy.LogProbs([label], s_options.Sampling).LogProbs.sum() / 3);
        double[] weighed = Gradient(policy, () => Loss(policy, label, advantage: 1.7889, of: 5));

        Assert.Contains(supervised, value => Math.Abs(value) > 1e-3);
        Assert.All(supervised.Zip(weighed), pair => Assert.Equal(pair.First * 1.7889 / 5, pair.Second, 1e-6));
    }

    // The policy looks at the last token of its prompt, so the two halves are sampled from two distributions.
    [Fact]
    public void Both_halves_have_a_ratio_of_1_before_the_update()
    {
        using var policy = new BigramPolicy();
        Prompt[] plain = [BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)], privileged = [BigramPolicy.Prompt("a", 3), BigramPolicy.Prompt("b", 2)];
        Rollout[] own = policy.Sample(plain, 4, s_options.Sampling, new(3, 1));

        Rollout[] seen = PrivilegedContext.Sample(policy, plain, privileged, s_options, new(3, 1, 2));

        Assert.All(seen, rollout => Assert.Contains(rollout.Prompt, plain));
        Assert.Equal([4, 5, 6, 7, 4, 5, 6, 7], seen.Select(rollout => rollout.Member));
        Assert.All([.. own, .. seen], rollout => Assert.All(Ratios(policy, rollout), ratio => Assert.Equal(1, ratio, 1e-5)));
        Rollout[] leaked = policy.Sample(privileged, 4, s_options.Sampling, new(3, 1, 2));
        Assert.Contains(leaked.Zip(seen), pair => Ratios(policy, pair.First with { Prompt = pair.Second.Prompt }).Any(ratio => Math.Abs(ratio - 1) > 0.01));
        Assert.Equal(leaked.Select(rollout => rollout.Text), seen.Select(rollout => rollout.Text));
    }

    [Fact]
    public void A_privileged_half_without_its_plain_one_and_filters_are_refused()
    {
        using var policy = new BigramPolicy();
        Prompt[] plain = [BigramPolicy.Prompt("a", 0)], two = [BigramPolicy.Prompt("a", 3), BigramPolicy.Prompt("b", 2)];
        GrpoOptions filtered = s_options with { Sampling = new() { TopK = 3, MaxNewTokens = 4 } };

        Assert.Throws<ArgumentException>(() => PrivilegedContext.Sample(policy, plain, two, s_options, new(3, 1)));
        Assert.StartsWith("a completion of the privileged prompt may have tokens that sampling leaves out", Assert.Throws<UsageException>(
            () => PrivilegedContext.Sample(policy, plain, two[..1], filtered, new(3, 1))).Message, StringComparison.Ordinal);
    }

    // 0 0 0 0 1 1 1 1: .5 over .5345 (n - 1).
    [Fact]
    public void The_two_halves_are_one_group()
    {
        using var policy = new BigramPolicy();
        Prompt[] plain = [BigramPolicy.Prompt("a", 0)];
        Rollout[] rollouts = [.. policy.Sample(plain, 4, s_options.Sampling, new(3, 1)), .. PrivilegedContext.Sample(policy, plain, [BigramPolicy.Prompt("a", 3)], s_options, new(3, 1, 1))];

        Batch batch = GroupAdvantage.Estimate(Batch.Of(rollouts, rollout => new TotalScore(rollout.Member < 4 ? 0 : 1, [])), s_options.Advantage);

        Assert.Single(batch.Groups);
        Assert.All(batch, sample => Assert.Equal(sample.Rollout.Member < 4 ? -0.9354 : 0.9354, sample.Advantage.Mean, 5e-5));
    }

    [Fact]
    public void The_text_stands_before_the_question_and_before_a_system_turn()
    {
        Example plain = Asked("e", "x").Example;
        Example seen = PrivilegedContext.On(plain, "The rules.");
        Assert.Equal(["system", "user"], seen.Messages.Select(message => message.Role));
        Assert.Equal(plain.Question, seen.Question);
        Assert.Equal("More.\n\nThe rules.", string.Concat(PrivilegedContext.On(seen, "More.").Messages[0].Content.Select(part => part.Text)));
    }

    private static Prompt Asked(string id, string answer) =>
        new(new Example(id, "vqa", [], [Message.User("?")], new Truth.Word("yes"), answer), "", [0], null, []);

    private static torch.Tensor Loss(BigramPolicy policy, Rollout label, double advantage, int of)
    {
        ActionLogProbs now = policy.LogProbs([label], s_options.Sampling);
        torch.Tensor old = torch.tensor(label.LogProbs).to(now.LogProbs.dtype).unsqueeze(0);
        return PolicyLoss.Compute(new(now.LogProbs, old, torch.tensor(new[] { advantage }), now.Mask), s_options.Clip,
            new LossScale(Aggregation.SeqMeanTokenMean, of)).Loss;
    }

    private static double[] Gradient(BigramPolicy policy, Func<torch.Tensor> loss)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        policy.Left.grad = null;
        loss().backward();
        return [.. policy.Left.grad!.flatten().data<double>()];
    }

    private static double[] Ratios(BigramPolicy policy, Rollout rollout)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] now = [.. policy.LogProbs([rollout], s_options.Sampling).LogProbs.detach().flatten().data<double>()];
        return [.. now.Zip(rollout.LogProbs, (a, b) => Math.Exp(a - b))];
    }
}
