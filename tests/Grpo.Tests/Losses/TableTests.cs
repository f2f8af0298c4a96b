using TorchSharp;
using TorchSharp.Modules;
using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Losses;

public sealed class TableTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string, string> Rows =>
    [
        .. SurrogateLoss.Table.Select(row => (row.Name, row.Source)), .. Aggregation.Table.Select(row => (row.Name, row.Source)),
        .. KlEstimator.Table.Select(row => (row.Name, row.Source)),
        .. AdvantageEstimator.Table.Select(row => (row.Name, row.Source)),
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_row_names_its_source(string name, string source) => Assert.True(source.Length > 8, name);

    [Fact]
    public void Names_are_unique()
    {
        foreach (IReadOnlyList<string> names in (IReadOnlyList<string>[])[SurrogateLoss.Table.Names, Aggregation.Table.Names,
            KlEstimator.Table.Names, AdvantageEstimator.Table.Names])
            Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void An_unknown_name_says_which_is_near()
    {
        Assert.Equal(
            "error: there is no KL estimator 'k4'\n   at: KL estimator k4\n  try: k1",
            Assert.Throws<UsageException>(() => KlEstimator.Table["k4"]).Render());
        Assert.Equal(
            "error: there is no loss aggregation 'token_mean'\n   at: loss aggregation token_mean\n  try: token-mean",
            Assert.Throws<UsageException>(() => LossScale.Of("token_mean", [1], 1)).Render());
        Assert.Equal("ppo-clip", Assert.Throws<UsageException>(() => SurrogateLoss.Table["ppo-clipp"]).Fix);
        Assert.Equal("rloo", Assert.Throws<UsageException>(
            () => GroupAdvantage.Compute([[1, 0]], new() { Estimator = "rlo" })).Fix);
    }

    // The names that the papers gave to what the two options make together.
    [Fact]
    public void Baseline_and_scale_name_an_estimator()
    {
        Assert.Equal("grpo", new AdvantageOptions().Estimator);
        Assert.Equal("dr-grpo", new AdvantageOptions(AdvantageScale.None).Estimator);
        Assert.Equal("rloo", new AdvantageOptions(AdvantageScale.None, AdvantageBaseline.LeaveOneOut).Estimator);
        string[] all = [.. from scale in Enum.GetValues<AdvantageScale>() from baseline in Enum.GetValues<AdvantageBaseline>()
            select new AdvantageOptions(scale, baseline).Estimator];
        Assert.Equal(AdvantageEstimator.Table.Names.Take(6).Order(), all.Order());
    }

    // Rewards 1, 0, 0, 1 with A = r - 0.25: 0.75, -0.25, -0.25, 0.75. REINFORCE: -ratio A without any clip, so with ratio 1 and
    // a mean over 4 tokens the loss is -(0.75 - 0.25 - 0.25 + 0.75) / 4, and a step of SGD makes the good actions likelier.
    [Fact]
    public void A_loss_an_estimator_a_reward_and_a_metric_from_outside_make_a_step()
    {
        SurrogateLoss.Table.Add(new("test-reinforce", input => input.Ratio * input.Advantages, "this test, for every token"));
        AdvantageEstimator.Table.Add(new("test-quarter",
            (groups, _) => [.. groups.Select(group => group.Select(reward => reward - 0.25).ToArray())], "this test, a constant"));
        Reward even = Reward.Table.Add(
            Reward.Of("test_even", (text, _) => text == "even" ? Score.One("even") : Score.Zero("odd")));
        Example example = BigramPolicy.Prompt("p", 0).Example with { Rewards = RewardSet.Parse("test_even"), Metric = even };
        Prompt prompt = BigramPolicy.Prompt("p", 0) with { Example = example };
        var policy = new BigramPolicy();
        Rollout[] rollouts = [.. new[] { 1, 2, 2, 1 }.Select((token, i) => One(policy, prompt, token, i))];

        var batch = Batch.Of(rollouts, rollout => rollout.Prompt.Example.Score(rollout.Text));
        Assert.Equal(0.5, BatchMetrics.Of(batch)[Metric.Accuracy]);
        batch = GroupAdvantage.Estimate(batch, new AdvantageOptions { Estimator = "test-quarter" });
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(parameter => parameter.Value), 1);
        var options = new GrpoOptions
        {
            Surrogate = "test-reinforce",
            GroupSize = 4,
            PromptsPerStep = 1,
            MaxNewTokens = 1,
            MaxGradNorm = 0,
            Steps = 10,
        };
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, options, 1);

        Assert.Equal(-1.0 / 4, stats[Metric.PolicyLoss], 1e-6);
        Assert.True(LogProb(policy, rollouts[0]) > rollouts[0].LogProbs[0]);
        Assert.True(LogProb(policy, rollouts[1]) < rollouts[1].LogProbs[0]);
    }

    [Fact]
    public void The_dual_clip_needs_its_bound()
    {
        torch.Tensor one = torch.ones(1, 1);
        var input = new SurrogateInput(one - 1, one, one, one, new ClipRange(0.2, 0.2));
        Assert.Throws<ArgumentException>(() => SurrogateLoss.Table[SurrogateLoss.DualClip].Compute(input));
        Assert.Equal(SurrogateLoss.DualClip, new GrpoOptions { DualClip = 3 }.SurrogateLoss);
        Assert.Equal(SurrogateLoss.PpoClip, new GrpoOptions().SurrogateLoss);
    }

    public void Dispose() => _scope.Dispose();

    private static Rollout One(BigramPolicy policy, Prompt prompt, int token, int member)
    {
        var rollout = new Rollout(
            prompt, member, [token], [token], [0], token == 1 ? "even" : "odd", StopReason.EndOfSequence);
        return rollout with { LogProbs = [LogProb(policy, rollout)] };
    }

    private static float LogProb(BigramPolicy policy, Rollout rollout)
    {
        using IDisposable constant = torch.no_grad();
        return (float)policy.LogProbs([rollout], new Sampling()).LogProbs.to(torch.ScalarType.Float64)[0, 0].item<double>();
    }
}
