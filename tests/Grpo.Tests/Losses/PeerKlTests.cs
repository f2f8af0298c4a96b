using System.Text.Json;
using TorchSharp;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>Every divergence of the vectors, value and gradient, with the bounds that the peers hold it at.</summary>
public sealed class PeerKlTests : IDisposable
{
    private const double Tolerance = 2e-8;
    private static readonly JsonElement s_kl =
        JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement.GetProperty("rl").GetProperty("kl");

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Theory]
    [InlineData("verl_k1", KlEstimator.K1, 0)]
    [InlineData("verl_abs", KlEstimator.Abs, 0)]
    [InlineData("verl_k2", KlEstimator.K2, 0)]
    [InlineData("verl_k3", KlEstimator.K3, 10)]
    [InlineData("verl_k1+", KlEstimator.K1Plus, 0)]
    [InlineData("verl_k3+", KlEstimator.K3Plus, 10)]
    [InlineData("openrlhf_k1", KlEstimator.K1, 10)]
    [InlineData("openrlhf_k2", KlEstimator.K2, 10)]
    [InlineData("openrlhf_k3", KlEstimator.K3, 10)]
    public void Value_and_gradient_are_the_peer_s(string name, string estimator, double bound)
    {
        JsonElement expected = s_kl.GetProperty(name), inputs = s_kl.GetProperty("inputs");
        torch.Tensor policy = Tensor(inputs.GetProperty("logp")).requires_grad_();
        torch.Tensor value = KlEstimator.Table[estimator].Bounded(policy, Tensor(inputs.GetProperty("ref")), bound);
        value.sum().backward();

        bool slopes = expected.ValueKind == JsonValueKind.Object;
        Same(Flat(slopes ? expected.GetProperty("value") : expected), value);
        if (slopes)
            Same(Flat(expected.GetProperty("grad_of_sum")), policy.grad!);
    }

    // A gap of 30 nats either way: 10 in verl and OpenRLHF.
    [Theory]
    [InlineData("verl_k3")]
    [InlineData("openrlhf_k3")]
    public void A_bound_of_ten_is_theirs_at_thirty_nats(string name)
    {
        double[] theirs = Flat(s_kl.GetProperty("extreme(logp=0,ref=-30 / logp=-30,ref=0)").GetProperty(name));
        torch.Tensor ours = KlEstimator.Table[KlEstimator.K3].Bounded(
            torch.tensor(new[] { 0.0, -30 }), torch.tensor(new[] { -30.0, 0 }), 10);
        Same(theirs, ours);
        Assert.Equal([10.0, 10], theirs);
    }

    [Fact]
    public void Each_case_of_the_file_is_compared()
    {
        string[] names = [.. s_kl.EnumerateObject().Select(one => one.Name).Where(name =>
            name != "inputs" && !name.StartsWith("extreme", StringComparison.Ordinal))];
        IEnumerable<string> here = typeof(PeerKlTests).GetMethod(nameof(Value_and_gradient_are_the_peer_s))!
            .GetCustomAttributes(false).OfType<InlineDataAttribute>().Select(data => (string)data.Data[0]!);
        Assert.Equal(names.Order(), here.Order());
        Assert.Equal(9, names.Length);
    }

    // p = (0.5, 0.25, 0.25), reference (0.25, 0.25, 0.5): 0.5 ln 2 - 0.25 ln 2. Where p is 0 nothing is added.
    [Fact]
    public void The_whole_divergence_sums_over_the_distribution()
    {
        torch.Tensor p = torch.tensor(new[] { 0.5, 0.25, 0.25, 1, 0, 0 }).reshape(2, 3).log();
        torch.Tensor reference = torch.tensor(new[] { 0.25, 0.25, 0.5, 0.5, 0.5, 0 }).reshape(2, 3).log();
        double[] found = [.. Kl.Full(p, reference).data<double>()];
        Assert.Equal(0.25 * Math.Log(2), found[0], 1e-12);
        Assert.Equal(Math.Log(2), found[1], 1e-12);
        Assert.True(double.IsPositiveInfinity(Kl.Full(reference[1..], p[1..]).item<double>()));
    }

    // r' = r - 0.1 * sum of k1: completions 1 and 2 paid 0.5 and -0.2 nats; the unscored one pays nothing.
    [Fact]
    public void In_the_reward_it_is_charged_before_rewards_are_compared()
    {
        var prompt = new Prompt("p", "", [1], null, []);
        Rollout[] rollouts = [Of(-1, -1), Of(-0.5f), Of(-2)];
        var batch = Updates.Scored(rollouts, [1, 1, double.NaN], [[-1.2f, -1.3f], [-0.3f], [-9]]);
        var options = new GrpoOptions
        {
            Beta = 0.1,
            KlEstimator = KlEstimator.K1,
            ScaleRewards = AdvantageScale.None,
            Regularizer = new() { KlInReward = true },
        };
        Batch found = KlReward.Estimate(batch, options);

        Assert.Equal([-0.035, 0.035, 0], found.Select(sample => Math.Round(sample.Advantage.Mean, 7)));
        Assert.Equal([1.0, 1, double.NaN], found.Select(sample => sample.Score.Value));
        Assert.Equal(0, options.KlInLoss.Weight);
        Assert.Throws<ArgumentException>(() => KlReward.Of(Updates.Scored(rollouts, [1, 1, 1]), KlEstimator.K1));

        Rollout Of(params float[] logProbs) => SupervisedUpdate.Target(prompt, new int[logProbs.Length]) with { LogProbs = logProbs };
    }

    // k2 of 2 and -1 nats: 2 and 0.5; held at 1 an action pays 1. What groups without spread leave out stays left out.
    [Fact]
    public void The_estimator_and_its_bound_are_those_of_the_options_and_marks_are_kept()
    {
        Prompt a = new("a", "", [1], null, []), b = new("b", "", [1], null, []);
        Rollout[] rollouts = [Of(a), Of(a), Of(b), Of(b)];
        var batch = Updates.Scored(rollouts, [1, 1, 0, 0], [[-3], [0], [-1], [-1]]);
        var options = new GrpoOptions
        {
            Beta = 0.1,
            KlEstimator = KlEstimator.K2,
            ScaleRewards = AdvantageScale.None,
            ZeroVariance = ZeroVariance.Drop,
            Regularizer = new() { KlInReward = true },
        };
        Batch free = KlReward.Estimate(batch, options);
        Batch held = KlReward.Estimate(batch, options with { Regularizer = new() { KlInReward = true, KlBound = 1 } });

        Assert.Equal([-0.075, 0.075, 0, 0], free.Select(sample => Math.Round(sample.Advantage.Mean, 7)));
        Assert.Equal([-0.025, 0.025, 0, 0], held.Select(sample => Math.Round(sample.Advantage.Mean, 7)));
        Assert.Equal([false, false, true, true], free.Select(sample => sample.IsLeftOut));

        static Rollout Of(Prompt prompt) => SupervisedUpdate.Target(prompt, [0]) with { LogProbs = [-1] };
    }

    // Four of one prompt, rewards a + 0.5 b: 1 and 2, 1 and none, none and none, 0 and 0; each 2 nats away at 0.1. In TRL's RLOO the second pays
    // as it counts by a alone, and the third neither counts nor pays; in ms-swift's the third is -0.2. Where one NaN is all, two are left.
    [Theory]
    [InlineData(UnscoredRewards.Partial, 1.5, 0.0, 0.0, -1.5)]
    [InlineData(UnscoredRewards.Zero, 2 - 1 / 3.0, 1 - 2 / 3.0, -1.0, -1.0)]
    [InlineData(UnscoredRewards.Exclude, 2.0, 0.0, 0.0, -2.0)]
    public void What_counts_is_charged_where_some_rewards_could_not_score_it_too(UnscoredRewards unscored, params double[] expected)
    {
        var prompt = new Prompt("p", "", [1], null, []);
        TotalScore a = TotalScore.None.Plus(new("a", 1, new(1, ""))), none = TotalScore.None.PlusUnscored("a", 1, "none");
        TotalScore[] scores =
        [
            a.Plus(new("b", 0.5, new(2, ""))), a.PlusUnscored("b", 0.5, "none"), none.PlusUnscored("b", 0.5, "none"),
            TotalScore.None.Plus(new("a", 1, new(0, ""))).Plus(new("b", 0.5, new(0, ""))),
        ];
        Batch batch = Batch.Of([.. scores.Select(_ => SupervisedUpdate.Target(prompt, [0]) with { LogProbs = [-1] })], scores)
            .WithReference([.. scores.Select(_ => new[] { -3f })]);
        var options = new GrpoOptions
        {
            Beta = 0.1,
            KlEstimator = KlEstimator.K1,
            ScaleRewards = AdvantageScale.None,
            Baseline = AdvantageBaseline.LeaveOneOut,
            UnscoredRewards = unscored,
            Regularizer = new() { KlInReward = true },
        };

        Batch found = KlReward.Estimate(batch, options);

        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second.Advantage.Mean, 1e-12));
        Assert.Equal([2, double.NaN, double.NaN, 0], found.Select(sample => sample.Score.Value));
    }

    // 0.01 * (1 + 0.2 * 64 / 10000) where the divergence is twice the target; half of it would take away as much at most.
    [Fact]
    public void An_adaptive_weight_follows_the_divergence_by_a_fifth_of_its_horizon_at_most()
    {
        Assert.Equal(0.01 * (1 + 0.2 * 64 / 10000), AdaptiveKl.Next(0.01, 0.2, 0.1, 10000, 64), 1e-15);
        Assert.Equal(0.01 * (1 - 0.2 * 64 / 10000), AdaptiveKl.Next(0.01, 0.05, 0.1, 10000, 64), 1e-15);
        Assert.Equal(0.01 * (1 + 0.1 * 64 / 10000), AdaptiveKl.Next(0.01, 0.11, 0.1, 10000, 64), 1e-15);
    }

    public void Dispose() => _scope.Dispose();

    private static void Same(double[] expected, torch.Tensor found) =>
        Assert.All(expected.Zip(found.data<double>()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));

    private static double[] Flat(JsonElement rows) =>
        [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(x => x.GetDouble()))];

    private static torch.Tensor Tensor(JsonElement rows) =>
        torch.tensor(Flat(rows)).reshape(rows.GetArrayLength(), rows[0].GetArrayLength());
}
