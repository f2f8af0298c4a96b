using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Grpo.Tests.Step;

namespace Vlm.Grpo.Tests.Ppo;

public sealed partial class PpoStepTests : IDisposable
{
    private static readonly Prompt[] s_prompts =
        [BigramPolicy.Prompt("p0", 0), BigramPolicy.Prompt("p1", 1), BigramPolicy.Prompt("p2", 2)];

    private static readonly GrpoOptions s_options = new()
    {
        GroupSize = 4,
        PromptsPerStep = 3,
        MaxNewTokens = 6,
        LearningRate = 0.05,
        MaxGradNorm = 0,
        Steps = 10,
    };

    private static readonly PpoOptions s_ppo = new() { PpoEpochs = 2, Minibatches = 2, VfCoef = 0.5 };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Fact]
    public void The_rewarded_token_becomes_likely_and_the_critic_foretells_what_it_earns()
    {
        using var policy = new BigramFeatures();
        GrpoOptions options = s_options with { GroupSize = 8, Steps = 40, LearningRate = 0.05, MaxGradNorm = 1 };
        var ppo = new PpoOptions { Minibatches = 2, ValueLearningRate = 0.05 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, options, ppo);
        double first = 0, last = 0;
        StepStats? stats = null;
        for (int step = 1; step <= options.Steps; step++)
        {
            Rollout[] rollouts = policy.Both.Sample(s_prompts, options.GroupSize, options.Sampling, new(7, step));
            double[] rewards =
                [.. rollouts.Select(r => r.Actions.Count(action => action == 3) / (double)r.Actions.Length)];
            stats = Updates.Ppo(policy.Both, optimizer, rollouts, rewards, options, ppo, seed: 7, step);
            (first, last) = (step == 1 ? rewards.Average() : first, rewards.Average());
        }

        Assert.True(first < 0.4, $"began at {first}");
        Assert.True(last > 0.9, $"ended at {last}");
        Assert.Equal(stats![Metric.ReturnMean], stats[Metric.ValueMean], 0.2);
        Assert.True(stats[Metric.ReturnMean] > 0.8, $"return {stats[Metric.ReturnMean]}");
    }

    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void The_split_into_micro_batches_does_not_change_the_update(string kind)
    {
        GrpoOptions options = s_options with { LossAggregation = kind, Beta = 0.3 };
        PpoOptions ppo = s_ppo with { KlCoef = 0.1, EntropyCoef = 0.05 };
        double[][] moves = [.. new[] { 12, 4, 3, 1 }.Select(most => Move(options with { MicroBatchSize = most }, ppo))];

        double size = moves[0].Max(Math.Abs);
        Assert.True(size > 0.01);
        foreach (double[] move in moves[1..])
            Assert.All(moves[0].Zip(move), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * size));
    }

    // SGD at rate 1 moves by minus the gradient: that of the policy's own loss for the policy, of the value loss for
    // the head, and of both for the policy where features are shared.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_weights_move_down_the_slope_of_the_formula(bool shared)
    {
        PpoOptions ppo = s_ppo with { PpoEpochs = 1, Minibatches = 1, Gamma = 0.9, GaeLambda = 0.8, KlCoef = 0.2 };
        using BigramFeatures policy = Prepare(shared, out Rollout[] rollouts, out double[] rewards, out var reference);
        double[][] values = Values(policy, rollouts);
        GaeResult[] rows =
        [
            .. rollouts.Select((rollout, i) => Gae.Compute(
                TokenRewards.Shape(rewards[i], rollout.LogProbs, reference[i], 0.2), values[i], 0.9, 0.8)),
        ];
        double[][] white = Whitening.Apply([.. rows.Select(row => row.Advantages)]);
        double tokens = rollouts.Sum(rollout => rollout.Actions.Length);
        Parameter[] weights = [policy.Policy.Left, policy.Policy.Right, .. policy.Head.Parameters.Select(p => p.Value)];
        double[] slopes = [.. weights.SelectMany((weight, k) =>
            Enumerable.Range(0, (int)weight.numel()).Select(at => Slope(weight, at, isHead: k > 1)))];
        double[] before = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 1);
        Updates.Ppo(policy.Both, optimizer, rollouts, rewards, s_options, ppo, 5, 1, reference);
        double[] after = [.. policy.Policy.Weights(), .. policy.HeadWeights];

        Assert.Equal(34, slopes.Length);
        Assert.True(slopes[..30].Max(Math.Abs) > 0.01 && slopes[30..].Max(Math.Abs) > 0.01);
        for (int i = 0; i < slopes.Length; i++)
            Assert.Equal(-slopes[i], after[i] - before[i], 1e-6);

        double Slope(Parameter weight, int at, bool isHead) =>
            (Loss(weight, at, +1e-5, isHead) - Loss(weight, at, -1e-5, isHead)) / 2e-5;

        double Loss(Parameter weight, int at, double by, bool isHead)
        {
            using IDisposable constant = torch.no_grad();
            torch.Tensor flat = weight.view(-1);
            double kept = flat[at].item<double>();
            flat[at] = torch.tensor(kept + by);
            double loss = (isHead ? 0 : PolicyTerm()) + (isHead || shared ? 0.5 * ValueTerm() : 0);
            flat[at] = torch.tensor(kept);
            return loss;
        }

        double PolicyTerm()
        {
            torch.Tensor now = policy.LogProbs(rollouts, s_options.Sampling).LogProbs;
            return -rollouts.Select((rollout, i) => rollout.Actions.Select((_, t) =>
            {
                double ratio = Math.Exp(now[i, t].item<double>() - rollout.LogProbs[t]), a = white[i][t];
                return Math.Min(ratio * a, Math.Clamp(ratio, 0.8, 1.28) * a);
            }).Sum()).Sum() / tokens;
        }

        double ValueTerm() => Values(policy, rollouts).Select((row, i) => row.Select((value, t) =>
        {
            double want = rows[i].Returns[t], held = Math.Clamp(value, values[i][t] - 0.2, values[i][t] + 0.2);
            return Math.Max((value - want) * (value - want), (held - want) * (held - want)) / 2;
        }).Sum()).Sum() / tokens;
    }

    [Fact]
    public void The_head_moves_by_the_value_loss_alone_and_moves_nothing_else()
    {
        double[] with = Move(s_options, s_ppo), without = Move(s_options, s_ppo with { VfCoef = 0 });
        double[] shared = Move(s_options, s_ppo, shared: true);

        Assert.Equal(without[..30], with[..30]);
        Assert.All(without[30..], move => Assert.Equal(0, move));
        Assert.All(with[30..], move => Assert.NotEqual(0, move));
        // Rows 0 to 3 of the left factor are features; nothing follows the end token, row 4.
        Assert.All(with[..12].Zip(shared[..12]), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    // One prompt of four rollouts fills each minibatch. The first three passes predict the old values.
    [Fact]
    public void Minibatches_are_whole_prompts_in_an_order_of_the_seed_and_step()
    {
        GrpoOptions options = s_options with { MicroBatchSize = 4 };
        PpoOptions ppo = s_ppo with { PpoEpochs = 3, Minibatches = 3 };
        string[] one = Passes(5, 1), again = Passes(5, 1), step = Passes(5, 2), seed = Passes(6, 1);

        Assert.Equal(12, one.Length);
        Assert.All(one.Chunk(3), epoch => Assert.Equal(["p0 x 4", "p1 x 4", "p2 x 4"], epoch.Order()));
        Assert.Equal(one, again);
        Assert.NotEqual(one, step);
        Assert.NotEqual(one, seed);

        string[] Passes(long run, long at)
        {
            using BigramFeatures policy = Prepare(false, out Rollout[] rollouts, out double[] rewards, out _);
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.1);
            policy.Policy.Batches.Clear();
            Updates.Ppo(policy.Both, optimizer, rollouts, rewards, options, ppo, run, at);
            return [.. policy.Policy.Batches.Select(batch => $"{batch.Distinct().Single()} x {batch.Length}")];
        }
    }

    // The first update still sees the sampler's policy, and only its move shows the second how far it went.
    [Fact]
    public void A_step_ends_where_the_policy_has_gone_too_far()
    {
        PpoOptions ppo = s_ppo with { PpoEpochs = 4, Minibatches = 1 };
        StepStats free = Update(s_options, ppo), near = Update(s_options, ppo with { TargetKl = 1e-4 });

        Assert.Equal((4.0, 2.0), (free[Metric.Updates], near[Metric.Updates]));
        Assert.True(near[Metric.ApproxKl] > 1e-4, $"{near[Metric.ApproxKl]}");
        Assert.Equal(0, Update(s_options, ppo with { PpoEpochs = 1 })[Metric.ApproxKl], 1e-12);
    }

    // One action cut at the limit, gamma 0.5, a value of 0.8: its return is 1, and with the value after it 1 + 0.4.
    [Fact]
    public void A_completion_cut_at_the_limit_ends_unless_told_to_go_on()
    {
        PpoOptions ppo = s_ppo with { Gamma = 0.5 };

        Assert.Equal(1, Return(StopReason.Length, Truncation.Terminal), 1e-6);
        Assert.Equal(1.4, Return(StopReason.Length, Truncation.Bootstrap), 1e-6);
        Assert.Equal(1, Return(StopReason.EndOfSequence, Truncation.Bootstrap), 1e-6);

        double Return(StopReason stop, Truncation after)
        {
            using var policy = new BigramFeatures();
            policy.SetHead([0, 0, 0], 0.8);
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.1);
            Rollout rollout = new(s_prompts[0], 0, [2], [2], [-1.6f], "", stop);
            StepStats stats = Updates.Ppo(
                policy.Both, optimizer, [rollout], [1], s_options, ppo with { Truncation = after }, 1, 1);
            Assert.Equal(0.8, stats[Metric.ValueMean], 1e-6);
            return stats[Metric.ReturnMean];
        }
    }

    [Fact]
    public void A_rollout_without_a_reward_or_an_action_is_left_out()
    {
        using BigramFeatures policy = Prepare(false, out Rollout[] rollouts, out double[] rewards, out _);
        Rollout empty = rollouts[0] with { Tokens = [], Actions = [], LogProbs = [] };
        double[] some = [.. rewards[..8], double.NaN, double.NaN, double.NaN, double.NaN, 1];

        Assert.Equal(
            Moved([.. rollouts, empty], some), Moved(rollouts[..8], rewards[..8]));
        Assert.NotEqual(Moved(rollouts, rewards), Moved(rollouts[..8], rewards[..8]));

        static double[] Moved(Rollout[] rollouts, double[] rewards)
        {
            using var policy = new BigramFeatures();
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.1);
            Updates.Ppo(policy.Both, optimizer, rollouts, rewards, s_options, s_ppo, 5, 1);
            return [.. policy.Policy.Weights(), .. policy.HeadWeights];
        }
    }

    public void Dispose() => _scope.Dispose();

    private static BigramFeatures Prepare(
        bool shared, out Rollout[] rollouts, out double[] rewards, out float[][] reference)
    {
        var policy = new BigramFeatures(shared);
        policy.SetHead([0.7, -0.4, 0.9], 0.2);
        using var other = new BigramPolicy(seed: 2);
        rollouts = policy.Sample(s_prompts, 4, s_options.Sampling, new(1, 1));
        rewards = [.. rollouts.Select((r, i) => 0.1 * (i % 5) - 0.15 * r.Actions.Length + 0.3)];
        reference = ReferencePolicy.Of(other, rollouts, s_options);
        return policy;
    }

    private static double[][] Values(BigramFeatures policy, Rollout[] rollouts)
    {
        torch.Tensor values = policy.Both.LogProbsAndValues(rollouts, s_options.Sampling).Values.detach();
        double[][] rows = [.. values.data<double>().ToArray().Chunk((int)values.shape[1])];
        return [.. rollouts.Select((rollout, i) => rows[i][..rollout.Actions.Length])];
    }

    // Of the policy's 30 weights, then of the head's 4.
    private static double[] Move(GrpoOptions options, PpoOptions ppo, bool shared = false)
    {
        using BigramFeatures policy = Prepare(shared, out Rollout[] rollouts, out double[] rewards, out var reference);
        double[] before = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 1);
        Updates.Ppo(policy.Both, optimizer, rollouts, rewards, options, ppo, 5, 1, reference);
        double[] after = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        return [.. after.Zip(before, (a, b) => a - b)];
    }

    private static StepStats Update(GrpoOptions options, PpoOptions ppo)
    {
        using BigramFeatures policy = Prepare(false, out Rollout[] rollouts, out double[] rewards, out _);
        using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.5);
        return Updates.Ppo(policy.Both, optimizer, rollouts, rewards, options, ppo, 5, 1);
    }
}
