using System.Text.Json;
using TorchSharp;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>Loss and gradient of other toolkits on their shared input, to the digits that were recorded.</summary>
public sealed class PeerLossTests : IDisposable
{
    private const double Recorded = 2e-8;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly JsonElement _vectors =
        JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement.GetProperty("rl");

    // Rows of 3, 4 and 3 actions: 10 tokens, 3 completions; Dr. GRPO's constant is 3 completions x 10 tokens.
    [Theory]
    [InlineData("trl", "dapo", LossNormalisation.TokenMean, 10)]
    [InlineData("trl", "bnpo", LossNormalisation.TokenMean, 10)]
    [InlineData("trl", "grpo", LossNormalisation.SequenceMean, 3)]
    [InlineData("trl", "grpo_accum_4", LossNormalisation.SequenceMean, 12)]
    [InlineData("trl", "dapo_num_items_40", LossNormalisation.TokenMean, 40)]
    [InlineData("trl", "dapo_clip_higher_0.28", LossNormalisation.TokenMean, 10, 0.28)]
    [InlineData("trl", "grpo_beta0.04", LossNormalisation.SequenceMean, 3, 0.2, 0, 0.04)]
    [InlineData("verl", "vanilla_token-mean", LossNormalisation.TokenMean, 10, 0.2, 3)]
    [InlineData("verl", "vanilla_token-sum", LossNormalisation.TokenMean, 1, 0.2, 3)]
    [InlineData("verl", "vanilla_seq-mean-token-mean", LossNormalisation.SequenceMean, 3, 0.2, 3)]
    [InlineData("verl", "vanilla_seq-mean-token-sum-norm", LossNormalisation.Constant, 12, 0.2, 3)]
    [InlineData("verl", "vanilla_dual_clip_c2", LossNormalisation.TokenMean, 10, 0.2, 2)]
    [InlineData("verl", "vanilla_no_dual_clip(c=1e9)", LossNormalisation.TokenMean, 10)]
    [InlineData("easyr1_clip_0.2_0.3_dual_3", "default_token", LossNormalisation.TokenMean, 10, 0.3, 3)]
    [InlineData("easyr1_clip_0.2_0.3_dual_3", "default_seq", LossNormalisation.SequenceMean, 3, 0.3, 3)]
    public void Loss_and_gradient_are_the_peer_s(
        string peer, string name, LossNormalisation kind, double divisor, double high = 0.2, double dual = 0,
        double beta = 0)
    {
        JsonElement expected = _vectors.GetProperty("policy_losses").GetProperty(peer).GetProperty(name);
        Compare(expected, "advantages", "mask", new(0.2, high, dual > 0 ? dual : null), new(kind, divisor), beta);
    }

    // TRL divides by all three rows although one is masked whole: our mean over completions is 3 / 2 of it.
    [Fact]
    public void A_row_without_actions_is_not_counted_where_TRL_counts_it()
    {
        JsonElement input = Inputs("policy_losses");
        var lengths = Rows(input.GetProperty("mask_last_sequence_dropped")).Select(row => (int)row.Sum()).ToArray();
        LossScale scale = LossScale.Of(LossNormalisation.SequenceMean, lengths, 10);
        (double loss, _, _) = Compute("advantages_swapped", "mask_last_sequence_dropped", new(0.2, 0.2), scale, 0);

        JsonElement trl = _vectors.GetProperty("policy_losses").GetProperty("trl")
            .GetProperty("grpo_last_sequence_masked");
        Assert.Equal(trl.GetProperty("loss").GetDouble() * 3 / 2, loss, Recorded);
        Assert.Equal(2, scale.Divisor);
    }

    [Theory]
    [InlineData("trl", "dapo_last_sequence_masked")]
    [InlineData("verl", "vanilla_token-mean_last_sequence_masked")]
    public void Swapped_advantages_and_a_masked_row_agree(string peer, string name) => Compare(
        _vectors.GetProperty("policy_losses").GetProperty(peer).GetProperty(name), "advantages_swapped",
        "mask_last_sequence_dropped", new(0.2, 0.2), new(LossNormalisation.TokenMean, 7), beta: 0);

    [Fact]
    public void The_statistics_are_TRL_s()
    {
        JsonElement metrics = _vectors.GetProperty("policy_losses").GetProperty("trl").GetProperty("grpo_beta0.04")
            .GetProperty("metrics");
        (_, _, StepStats stats) = Compute(
            "advantages", "mask", new(0.2, 0.2), new(LossNormalisation.SequenceMean, 3), beta: 0.04);

        Assert.Equal(metrics.GetProperty("clip_ratio/low_mean").GetDouble(), stats[Metric.ClipFractionLow], Recorded);
        Assert.Equal(metrics.GetProperty("clip_ratio/high_mean").GetDouble(), stats[Metric.ClipFractionHigh], Recorded);
        Assert.Equal(metrics.GetProperty("kl").GetDouble(), stats[Metric.Kl], Recorded);
    }

    // verl holds k3 at 10; the one action beyond it, of 12 compared, is TRL's plain formula: e^4.9 - 4.9 - 1.
    [Theory]
    [InlineData(KlEstimator.K1, "verl_k1", 0)]
    [InlineData(KlEstimator.K2, "verl_k2", 0)]
    [InlineData(KlEstimator.K3, "verl_k3", 1)]
    public void Each_divergence_and_its_gradient_are_verl_s(KlEstimator estimator, string name, int heldThere)
    {
        JsonElement expected = _vectors.GetProperty("kl").GetProperty(name);
        torch.Tensor policy = Tensor(Inputs("kl").GetProperty("logp")).requires_grad_();
        torch.Tensor value = Kl.Estimate(policy, Tensor(Inputs("kl").GetProperty("ref")), estimator);
        value.sum().backward();

        double[] theirs = Flat(expected.GetProperty("value")), slopes = Flat(expected.GetProperty("grad_of_sum"));
        double[] ours = [.. value.data<double>()], grads = [.. policy.grad!.data<double>()];
        int held = 0;
        for (int i = 0; i < 12; i++)
            if (estimator == KlEstimator.K3 && theirs[i] == 10)
            {
                held++;
                Assert.Equal(Math.Exp(4.9) - 5.9, ours[i], 1e-9);
            }
            else
            {
                Assert.Equal(theirs[i], ours[i], Recorded);
                Assert.Equal(slopes[i], grads[i], Recorded);
            }

        Assert.Equal(heldThere, held);
    }

    // TRL's formula gives 29 and 1.07e13 at gaps of -30 and +30 nats; ours holds the second at
    // e^20 - 21, with no gradient.
    [Fact]
    public void A_gap_of_thirty_nats_is_held_where_TRL_explodes()
    {
        double trl = _vectors.GetProperty("kl").GetProperty("extreme(logp=0,ref=-30 / logp=-30,ref=0)")
            .GetProperty("trl_k3(computed from its formula)")[0][1].GetDouble();
        torch.Tensor policy = torch.tensor(new[] { 0.0, -30 }).requires_grad_();
        torch.Tensor value = Kl.K3(policy, torch.tensor(new[] { -30.0, 0 }));
        value.sum().backward();

        Assert.Equal(29, value[0].item<double>(), 1e-9);
        Assert.Equal(Math.Exp(20) - 21, value[1].item<double>(), 1e-3);
        Assert.Equal(0, policy.grad![1].item<double>());
        Assert.True(trl > 1e13);
    }

    public void Dispose() => _scope.Dispose();

    private void Compare(
        JsonElement expected, string advantages, string mask, ClipRange clip, LossScale scale, double beta)
    {
        (double loss, double[] gradient, _) = Compute(advantages, mask, clip, scale, beta);

        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss, Recorded);
        double[] theirs = Flat(expected.GetProperty("grad_logp_new"));
        Assert.Equal(12, theirs.Length);
        Assert.All(theirs.Zip(gradient), pair => Assert.Equal(pair.First, pair.Second, Recorded));
    }

    private (double Loss, double[] Gradient, StepStats Stats) Compute(
        string advantages, string mask, ClipRange clip, LossScale scale, double beta)
    {
        JsonElement input = Inputs("policy_losses");
        torch.Tensor now = Tensor(input.GetProperty("logp_new")).requires_grad_();
        double[] weights = [.. input.GetProperty(advantages).EnumerateArray().Select(x => x.GetDouble())];
        var batch = new PolicyBatch(
            now, Tensor(input.GetProperty("logp_old")), torch.tensor(weights), Tensor(input.GetProperty(mask)),
            Reference: beta == 0 ? null : Tensor(input.GetProperty("logp_ref")));
        (torch.Tensor loss, StepStats stats) = PolicyLoss.Clipped(batch, clip, scale, new KlTerm(beta));
        loss.backward();
        return (loss.item<double>(), [.. now.grad!.data<double>()], stats);
    }

    private JsonElement Inputs(string part) => _vectors.GetProperty(part).GetProperty("inputs");

    private static double[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(x => x.GetDouble()).ToArray())];

    private static double[] Flat(JsonElement rows) => [.. Rows(rows).SelectMany(row => row)];

    private static torch.Tensor Tensor(JsonElement rows) =>
        torch.tensor(Flat(rows)).reshape(rows.GetArrayLength(), rows[0].GetArrayLength());
}
