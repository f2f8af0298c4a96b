using System.Reflection;
using System.Text.Json;
using TorchSharp;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>Every surrogate of other toolkits, loss and gradient, on their shared input.</summary>
public sealed class PeerSurrogateTests : IDisposable
{
    private const string All = "advantages|mask", Swapped = "advantages_swapped|mask",
        Dropped = "advantages_swapped|mask_last_sequence_dropped";
    private const string TrlPeer = "trl", VerlPeer = "verl", EasyPeer = "easyr1_clip_0.2_0.3_dual_3", OpenPeer = "openrlhf";
    private const double Tolerance = 2e-8;
    private static readonly JsonElement s_losses = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json")))
        .RootElement.GetProperty("rl").GetProperty("policy_losses");

    // Rows of 3, 4 and 3 actions. EasyR1's dual clip of 3 is on for its GSPO too.
    private static readonly Case[] s_cases =
    [
        new(TrlPeer, "sapo", SurrogateLoss.Sapo, Aggregation.SeqMeanTokenMean, 3),
        new(TrlPeer, "sapo_swapped_adv", SurrogateLoss.Sapo, Aggregation.SeqMeanTokenMean, 3) { Input = Swapped },
        new(TrlPeer, "vespo", SurrogateLoss.Vespo, Aggregation.TokenMean, 10),
        new(
            TrlPeer, "cispo_default(epsilon_high unset -> 0.2 caps every weight at 0.2)", SurrogateLoss.CispoOneSided, Aggregation.TokenMean, 10)
        {
            Options = new() { RatioCap = 0.2 },
        },
        new(TrlPeer, "cispo_epsilon_high_1.2", SurrogateLoss.CispoOneSided, Aggregation.TokenMean, 10)
        {
            Options = new() { RatioCap = 1.2 },
        },
        new(TrlPeer, "cispo_swapped_adv_epsilon_high_1.2", SurrogateLoss.CispoOneSided, Aggregation.TokenMean, 10)
        {
            Options = new() { RatioCap = 1.2 }, Input = Swapped,
        },
        new(TrlPeer, "dapo_delta_1.5", SurrogateLoss.TwoSidedClip, Aggregation.TokenMean, 10) { Clip = new(0.2, 0.2, 1.5) },
        new(TrlPeer, "grpo_sequence_eps_3e-4_4e-4", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3) { Clip = new(3e-4, 4e-4) },
        new(TrlPeer, "grpo_sequence(GSPO)_swapped_adv_eps_0.02_0.05", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3)
        {
            Clip = new(0.02, 0.05), Input = Swapped,
        },
        new(TrlPeer, "luspo_sequence", SurrogateLoss.Luspo, Aggregation.SeqMeanTokenSum, 3) { Clip = new(2e-3, 2.5e-3) },
        new(TrlPeer, "dapo_is_ratio_seq", SurrogateLoss.PpoClip, Aggregation.TokenMean, 10) { RowWeights = [1.5, 0, 1] },
        new(TrlPeer, "dapo_beta0.04_is_ratio_seq(KL not weighted)", SurrogateLoss.PpoClip, Aggregation.TokenMean, 10)
        {
            RowWeights = [1.5, 0, 1], Beta = 0.04,
        },
        new(TrlPeer, "dapo_on_policy(new==old)", SurrogateLoss.PpoClip, Aggregation.TokenMean, 10) { OldIsNew = true },
        new(TrlPeer, "dapo_off_policy_mask_-0.2", SurrogateLoss.PpoClip, Aggregation.TokenMean, 10)
        {
            Options = new() { OffPolicyThreshold = -0.2 },
        },
        new(TrlPeer, "dr_grpo_last_sequence_masked", SurrogateLoss.PpoClip, Aggregation.SeqMeanTokenSumNorm, 30) { Input = Dropped },
        new(VerlPeer, "gspo", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3) { Clip = new(3e-4, 4e-4) },
        new(VerlPeer, "gspo", SurrogateLoss.GspoToken, Aggregation.SeqMeanTokenMean, 3) { Clip = new(3e-4, 4e-4) },
        new(VerlPeer, "gspo_swapped_adv_eps_0.02_0.05", SurrogateLoss.GspoToken, Aggregation.SeqMeanTokenMean, 3)
        {
            Clip = new(0.02, 0.05), Input = Swapped,
        },
        new(VerlPeer, "sapo", SurrogateLoss.Sapo, Aggregation.SeqMeanTokenMean, 3),
        new(VerlPeer, "sapo_swapped_adv", SurrogateLoss.Sapo, Aggregation.SeqMeanTokenMean, 3) { Input = Swapped },
        new(VerlPeer, "geo_mean", SurrogateLoss.Gmpo, Aggregation.SeqMeanTokenMean, 3),
        new(VerlPeer, "dro", SurrogateLoss.Dro, Aggregation.TokenMean, 10),
        new(VerlPeer, "cispo_high_4", SurrogateLoss.Cispo, Aggregation.TokenMean, 10) { Clip = new(0.2, 4) },
        new(VerlPeer, "cispo_swapped_adv", SurrogateLoss.Cispo, Aggregation.TokenMean, 10) { Input = Swapped },
        new(VerlPeer, "vanilla_seq-mean-token-sum_last_sequence_masked", SurrogateLoss.PpoClip, Aggregation.SeqMeanTokenSum, 2)
        {
            Input = Dropped,
        },
        new(VerlPeer, "vanilla_token-sum", SurrogateLoss.DualClip, Aggregation.TokenSum, 1) { Clip = new(0.2, 0.2, 3) },
        new(EasyPeer, "gspo_seq", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3) { Clip = new(0.2, 0.3, 3) },
        new(EasyPeer, "gspo_token_token", SurrogateLoss.GspoToken, Aggregation.TokenMean, 10) { Clip = new(0.2, 0.3, 3) },
        new(EasyPeer, "cispo_token", SurrogateLoss.Cispo, Aggregation.TokenMean, 10) { Clip = new(0.2, 0.3) },
        new(EasyPeer, "cispo_seq", SurrogateLoss.Cispo, Aggregation.SeqMeanTokenMean, 3) { Clip = new(0.2, 0.3) },
        new(EasyPeer, "sapo_seq", SurrogateLoss.Sapo, Aggregation.SeqMeanTokenMean, 3),
        new(OpenPeer, "ppo_token", SurrogateLoss.PpoClip, Aggregation.TokenMean, 10),
        new(OpenPeer, "ppo_sample", SurrogateLoss.PpoClip, Aggregation.SeqMeanTokenMean, 3),
        new(OpenPeer, "gspo", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3),
    ];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<int, string> Cases => [.. s_cases.Select((one, i) => (i, $"{one.Peer} {one.Name} as {one.Surrogate}"))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient_are_the_peer_s(int number, string name)
    {
        Case one = s_cases[number];
        JsonElement expected = s_losses.GetProperty(one.Peer).GetProperty(one.Name);
        (torch.Tensor loss, torch.Tensor now, _) = Run(one);

        Assert.True(
            Math.Abs(expected.GetProperty("loss").GetDouble() - loss.item<double>()) <= Tolerance, $"{name}: {loss.item<double>()}");
        double[] theirs = Flat(expected.GetProperty("grad_logp_new"));
        Assert.Equal(12, theirs.Length);
        Assert.All(theirs.Zip(now.grad!.data<double>()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }

    // The rest is in PeerLossTests, in its data but for one: TRL counts a masked row there, and ours does not.
    [Fact]
    public void No_case_of_the_file_is_left_out()
    {
        string[] names = [.. s_losses.EnumerateObject().Where(peer => peer.Name != "inputs").SelectMany(peer =>
            peer.Value.EnumerateObject().Select(one => $"{peer.Name} {one.Name}"))];
        IEnumerable<string> there = typeof(PeerLossTests).GetMethods().SelectMany(method => method
            .GetCustomAttributes<InlineDataAttribute>().Select(data => data.Data).Where(row => row is [string, string, ..]).Select(row => $"{row[0]} {row[1]}"));

        Assert.Equal(50, names.Length);
        Assert.Equal(["trl grpo_last_sequence_masked"], names.Except(s_cases.Select(one => $"{one.Peer} {one.Name}")).Except(there));
    }

    // phi of the three completions, weighted as TRL weighs them: once each.
    [Fact]
    public void The_weights_of_vespo_are_TRL_s()
    {
        JsonElement metrics = s_losses.GetProperty(TrlPeer).GetProperty("vespo").GetProperty("metrics");
        JsonElement input = s_losses.GetProperty("inputs");
        torch.Tensor gap = Tensor(input.GetProperty("logp_new")) - Tensor(input.GetProperty("logp_old"));
        torch.Tensor phi = GammaWeighted.Phi(new SurrogateInput(
            gap, gap.exp(), Vector(input.GetProperty("advantages")).unsqueeze(1), Tensor(input.GetProperty("mask")), new(0.2, 0.2)));
        Assert.Equal(metrics.GetProperty("vespo/phi_seq_mean").GetDouble(), phi.mean().item<double>(), Tolerance);
    }

    // Without a cap of its own TRL weighs every token 0.2, on policy too. Ours weighs them 1: the loss is the plain one, 0.06.
    [Fact]
    public void Cispo_without_a_cap_weighs_no_token_a_fifth()
    {
        var one = new Case(TrlPeer, "", SurrogateLoss.CispoOneSided, Aggregation.TokenMean, 10) { OldIsNew = true };
        (torch.Tensor loss, torch.Tensor now, _) = Run(one);

        double trl = s_losses.GetProperty(TrlPeer).GetProperty("cispo_default(epsilon_high unset -> 0.2 caps every weight at 0.2)")
            .GetProperty("loss").GetDouble();
        Assert.Equal(0.012, trl, Tolerance);
        Assert.Equal(trl / 0.2, loss.item<double>(), Tolerance);
        Assert.Equal(-0.1, now.grad![0, 0].item<double>(), Tolerance);
    }

    // What the peers give on the same input beyond the file: TRL's cispo at 5, verl's cispo and gpg.
    [Theory]
    [InlineData(SurrogateLoss.CispoOneSided, 0.073339)]
    [InlineData(SurrogateLoss.Cispo, 0.069226)]
    [InlineData(SurrogateLoss.Gpg, 0.06)]
    [InlineData(SurrogateLoss.Reinforce, 0.06)]
    public void A_peer_s_number_is_met(string surrogate, double expected) =>
        Assert.Equal(expected, Run(new Case(TrlPeer, "", surrogate, Aggregation.TokenMean, 10)).Loss.item<double>(), 5e-7);

    // log p [-1, -2, -0.5], rewards [1, 0, 0]: PSR 1/3, NSR (-2 - 0.5) / 3, weighted by 0.1 (0.1 - 2.5) / 3; the released code drops the
    // others before the mean: 1 and -2.5 / 2. RLVR-Decomposed, arXiv:2506.01347.
    [Theory]
    [InlineData(1, 0, 3, 1 / 3.0)]
    [InlineData(0, -1, 3, -2.5 / 3)]
    [InlineData(0.1, -1, 3, -0.8)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(0, -1, 2, -1.25)]
    public void Positive_and_negative_samples_are_reinforced_by_their_sign(double right, double wrong, double counted, double expected)
    {
        torch.Tensor logProbs = torch.tensor(new[] { -1.0, -2, -0.5 }).unsqueeze(1);
        var batch = new PolicyBatch(logProbs, logProbs, torch.tensor(new[] { right, wrong, wrong }), torch.ones_like(logProbs));
        Assert.Equal(expected, PolicyLoss.Compute(
            batch, new(0.2, 0.2), new(Aggregation.TokenMean, counted), surrogate: SurrogateLoss.Reinforce).Loss.item<double>(), 1e-12);
    }

    // Means over the ten tokens: log p -0.975, A -0.02. The highest covariance is the third token of the second row,
    // -0.78 * -1.425 = 1.1115; its log-ratio is -1.2 and the clip holds it already. Of those above 0.4 the third of the first row is left, 1.02 * 0.475 = 0.4845.
    //   kl-cov   : (0.8 * 9.560252 - 3.098356) / 10 + 1.2 / 10 = 0.574985
    //   clip-cov : 0.524072 without its term of -1 / 10 = 0.624072; above 1 there is none to leave out
    [Theory]
    [InlineData(SurrogateLoss.KlCov, 1, 0.574985, -0.1 - 0.8 * -0.301194 / 10, 1, 2)]
    [InlineData(SurrogateLoss.ClipCov, 0.4, 0.624072, 0, 0, 2)]
    [InlineData(SurrogateLoss.ClipCov, 1, 0.524072, -0.1, 0, 2)]
    public void Tokens_of_high_covariance_are_held(string surrogate, double low, double loss, double slope, int row, int at)
    {
        JsonElement input = s_losses.GetProperty("inputs");
        float[][] now = Cut("logp_new"), old = Cut("logp_old");
        double[] weights = [.. input.GetProperty("advantages").EnumerateArray().Select(x => x.GetDouble())];
        double[][] covariance = Covariance.Of(
            now, [.. now.Select((values, i) => Enumerable.Repeat((float)weights[i], values.Length).ToArray())]);
        Assert.Equal(1.1115, covariance[1][2], 1e-6);
        Assert.Equal(0.4845, covariance[0][2], 1e-6);
        bool[][] held = [.. now.Select((values, i) => values.Select((value, t) => weights[i] > 0 ? value - old[i][t] > Math.Log(1.2)
            : weights[i] < 0 && value - old[i][t] < Math.Log(0.8)).ToArray())];
        float[][] picked = surrogate == SurrogateLoss.KlCov ? Covariance.Highest(covariance, 0.1)
            : Covariance.Between(covariance, held, 0.1, low, 5, new RandomStream(1, "test"));

        torch.Tensor current = Tensor(input.GetProperty("logp_new")).requires_grad_();
        double[] flat = [.. picked.SelectMany(values => values.Concat(Enumerable.Repeat(0f, 4 - values.Length)))
            .Select(value => (double)value)];
        var batch = new PolicyBatch(
            current, Tensor(input.GetProperty("logp_old")), Vector(input.GetProperty("advantages")), Tensor(input.GetProperty("mask")))
        {
            Picked = torch.tensor(flat).reshape(3, 4),
        };
        torch.Tensor found = PolicyLoss.Compute(batch, new(0.2, 0.2), new(Aggregation.TokenMean, 10), surrogate: surrogate).Loss;
        found.backward();
        Assert.Equal(loss, found.item<double>(), 1e-6);
        Assert.Equal(slope, current.grad![row, at].item<double>(), 1e-6);

        float[][] Cut(string name) => [.. input.GetProperty(name).EnumerateArray().Select((values, i) =>
            values.EnumerateArray().Select(x => (float)x.GetDouble()).Take(i == 1 ? 4 : 3).ToArray())];
    }

    // Without a selection there is nothing to hold; a bound that is not given holds nothing either.
    [Fact]
    public void What_a_surrogate_needs_and_lacks_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Run(new Case(TrlPeer, "", SurrogateLoss.ClipCov, Aggregation.TokenMean, 10)));
        Assert.Throws<ArgumentException>(() => Run(new Case(TrlPeer, "", SurrogateLoss.KlCov, Aggregation.TokenMean, 10)));
        Assert.Throws<ArgumentException>(() => Run(new Case(TrlPeer, "", SurrogateLoss.TwoSidedClip, Aggregation.TokenMean, 10)));
    }

    // GSPO's clip holds the completion's ratio, so that the fractions count that: TRL's numbers, per token.
    [Fact]
    public void The_clip_fraction_counts_the_ratio_that_is_clipped()
    {
        (_, _, StepStats stats) = Run(new Case(TrlPeer, "", SurrogateLoss.Gspo, Aggregation.SeqMeanTokenMean, 3)
        {
            Clip = new(0.02, 0.05),
            Input = Swapped,
        });
        Assert.Equal(0.3, stats[Metric.ClipFractionLow], Tolerance);
        Assert.Equal(0.4, stats[Metric.ClipFractionHigh], Tolerance);
        (_, _, stats) = Run(new Case(TrlPeer, "", SurrogateLoss.CispoOneSided, Aggregation.TokenMean, 10)
        {
            Options = new() { RatioCap = 1.2 },
        });
        Assert.Equal(0.1, stats[Metric.ClipFraction], Tolerance);
        (_, _, stats) = Run(new Case(VerlPeer, "", SurrogateLoss.Sapo, Aggregation.TokenMean, 10));
        Assert.Equal(0, stats[Metric.ClipFraction]);
    }

    // TRL's luspo with token ratios multiplies by the length and never by the mask: a padding token had a gradient of -0.25.
    [Theory]
    [InlineData(SurrogateLoss.Luspo)]
    [InlineData(SurrogateLoss.PpoClip)]
    [InlineData(SurrogateLoss.Cispo)]
    public void Padding_has_no_gradient_where_length_weighs(string surrogate)
    {
        var one = new Case(TrlPeer, "", surrogate, Aggregation.SeqMeanTokenSum, 3);
        (_, torch.Tensor now, _) = Run(one);

        Assert.Equal(0, now.grad![0, 3].item<double>());
        Assert.Equal(0, now.grad![2, 3].item<double>());
        Assert.NotEqual(0, now.grad![1, 3].item<double>());
    }

    public void Dispose() => _scope.Dispose();

    private static (torch.Tensor Loss, torch.Tensor New, StepStats Stats) Run(Case one)
    {
        JsonElement input = s_losses.GetProperty("inputs");
        string[] keys = one.Input.Split('|');
        torch.Tensor now = Tensor(input.GetProperty("logp_new")).requires_grad_();
        torch.Tensor old = one.OldIsNew ? now.detach().clone() : Tensor(input.GetProperty("logp_old"));
        var batch = new PolicyBatch(
            now, old, Vector(input.GetProperty(keys[0])), Tensor(input.GetProperty(keys[1])),
            Reference: one.Beta == 0 ? null : Tensor(input.GetProperty("logp_ref")))
        {
            Weights = one.RowWeights is { } rows ? torch.tensor(rows).unsqueeze(1) * torch.ones_like(now) : null,
        };
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
            batch, one.Clip, new(one.Aggregation, one.Divisor), new(one.Beta), one.Surrogate, one.Options);
        loss.backward();
        return (loss, now, stats);
    }

    private static double[] Flat(JsonElement rows) =>
        [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(x => x.GetDouble()))];

    private static torch.Tensor Tensor(JsonElement rows) =>
        torch.tensor(Flat(rows)).reshape(rows.GetArrayLength(), rows[0].GetArrayLength());

    private static torch.Tensor Vector(JsonElement row) => torch.tensor([.. row.EnumerateArray().Select(x => x.GetDouble())]);

    private sealed record Case(string Peer, string Name, string Surrogate, string Aggregation, double Divisor)
    {
        public ClipRange Clip { get; init; } = new(0.2, 0.2);

        public SurrogateOptions Options { get; init; } = new();

        public string Input { get; init; } = All;

        public double[]? RowWeights { get; init; }

        public double Beta { get; init; }

        public bool OldIsNew { get; init; }
    }
}
