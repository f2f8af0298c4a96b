using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Grpo.Tests.Step;

namespace Vlm.Grpo.Tests.Ppo;

/// <summary>PPO with rewards and returns that are normalised by what the run has seen.</summary>
public sealed class PpoScalesTests : IDisposable
{
    private static readonly Prompt[] s_prompts = [BigramPolicy.Prompt("p0", 0), BigramPolicy.Prompt("p1", 1), BigramPolicy.Prompt("p2", 2)];
    private static readonly GrpoOptions s_options = new()
    { GroupSize = 4, PromptsPerStep = 3, MaxNewTokens = 6, LearningRate = 0.05, MaxGradNorm = 0, Steps = 60 };
    private static readonly PpoOptions s_ppo = new()
    { PpoEpochs = 1, Minibatches = 1, VfCoef = 1, ClipRangeValue = 0, ValueLearningRate = 0.05 };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // The critic begins at 0 and its targets have mean 0 over the actions, so its bias has no slope: 2 x 0.5 x mean error.
    // Without normalisation the slope is that of the mean return.
    [Fact]
    public void Normalised_returns_have_mean_zero_for_the_critic_and_reward_units_for_the_log()
    {
        var scales = new RunningScales();
        (double[] plain, StepStats one) = Moved(s_ppo, null);
        (double[] normal, StepStats two) = Moved(s_ppo with { NormalizeValues = true }, scales);

        Assert.Equal(one[Metric.ReturnMean], plain[^1], 1e-6);
        Assert.Equal(0, normal[^1], 1e-6);
        Assert.Equal(one[Metric.ReturnMean], two[Metric.ReturnMean], 1e-12);
        Assert.Equal(scales.Returns.Mean, two[Metric.ReturnMean], 1e-9);
        Assert.Equal((scales.Returns.Mean, scales.Returns.Std), (two["scale/return_mean"], two["scale/return_std"]));
        Assert.All(two.Metrics(), metric => Assert.True(Metric.IsDefined(metric.Key)));
    }

    // A critic that foretells 0.5 in its units foretells mean + 0.5 std in those of rewards, once it has seen any.
    [Fact]
    public void Predictions_are_read_in_reward_units()
    {
        using var policy = new BigramFeatures();
        var scales = new RunningScales();
        PpoOptions ppo = s_ppo with { NormalizeValues = true, ValueLearningRate = 1e-12 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options with { LearningRate = 1e-12 }, ppo);
        Assert.Equal(0, Step(policy, optimizer, s_options with { LearningRate = 1e-12 }, ppo, 1, scales)[Metric.ValueMean]);
        RunningMoments seen = scales.Returns;
        policy.SetHead([0, 0, 0], 0.5);

        StepStats next = Step(policy, optimizer, s_options with { LearningRate = 1e-12 }, ppo, 2, scales);

        Assert.Equal(seen.Mean + (0.5 * seen.Std), next[Metric.ValueMean], 1e-6);
        Assert.True(scales.Returns.Count > seen.Count);
    }

    // r and 100 r + 7 are the same rewards in their deviations; without normalisation the unwhitened steps differ.
    [Fact]
    public void Normalised_rewards_do_not_depend_on_their_unit()
    {
        PpoOptions normal = s_ppo with { NormalizeRewards = true, WhitenAdvantages = false },
            plain = normal with { NormalizeRewards = false };
        double[] one = Moved(normal, new(), r => r).Moves, two = Moved(normal, new(), r => (100 * r) + 7).Moves;

        Assert.True(one.Max(Math.Abs) > 0.01);
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.NotEqual(Moved(plain, null, r => r).Moves[0], Moved(plain, null, r => (100 * r) + 7).Moves[0], 0.01);
    }

    [Theory]
    [InlineData(CriticKind.Mse, true)]
    [InlineData(CriticKind.Categorical, false)]
    public void A_critic_of_either_kind_foretells_what_is_earned(CriticKind kind, bool normalize)
    {
        PpoOptions ppo = s_ppo with { Critic = kind, NormalizeValues = normalize, CriticBins = 21, PpoEpochs = 4 };
        using var policy = new BigramFeatures(outputs: ppo.Outputs);
        GrpoOptions options = s_options with { MaxGradNorm = 1, GroupSize = 8 };
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, options, ppo);
        var scales = new RunningScales();
        StepStats? stats = null;
        for (int step = 1; step <= 40; step++)
            stats = Step(policy, optimizer, options, ppo, step, scales);

        Assert.True(stats![Metric.ReturnMean] > 3, $"return {stats[Metric.ReturnMean]}");
        Assert.Equal(stats[Metric.ReturnMean], stats[Metric.ValueMean], 0.7);
    }

    // In its first steps the critic learns alone: no weight of the policy moves, and its loss falls.
    [Theory]
    [InlineData(CriticKind.Mse)]
    [InlineData(CriticKind.Categorical)]
    public void A_critic_that_warms_up_moves_nothing_else_and_its_loss_falls(CriticKind kind)
    {
        PpoOptions ppo = s_ppo with { Critic = kind, CriticWarmup = 20, CriticBins = 21 };
        using var policy = new BigramFeatures(outputs: ppo.Outputs);
        using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options, ppo);
        double[] before = policy.Policy.Weights();
        var scales = new RunningScales();
        double[] losses = [.. Enumerable.Range(1, 20)
            .Select(step => Step(policy, optimizer, s_options, ppo, step, scales, sampling: 1)[Metric.ValueLoss])];

        Assert.Equal(before, policy.Policy.Weights());
        Assert.True(losses[^1] < 0.95 * losses[0], $"{losses[0]} to {losses[^1]}");
        Step(policy, optimizer, s_options, ppo, 21, scales);
        Assert.NotEqual(before, policy.Policy.Weights());
    }

    // The same run in one piece and in two: statistics come back bit for bit.
    [Fact]
    public void A_resumed_run_goes_on_from_what_was_seen()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vlm-scales-");
        PpoOptions ppo = s_ppo with { NormalizeRewards = true, NormalizeValues = true };
        RunningScales whole = new(), first = new(), second = new();
        using BigramFeatures one = new(), two = new();
        Fill(one, whole, 1, 4);
        Fill(two, first, 1, 2);
        first.Write(folder.FullName);
        second.Read(folder.FullName);
        Fill(two, second, 3, 4);

        Assert.Equal(one.Policy.Weights(), two.Policy.Weights());
        Assert.Equal((whole.Rewards, whole.Returns), (second.Rewards, second.Returns));
        Assert.NotEqual(whole.Rewards, first.Rewards);
        var byKind = new RunningScales();
        byKind.AddReturns("count", [1.0 / 3, -0.7]);
        byKind.Write(folder.FullName);
        second.Read(folder.FullName);
        Assert.Equal(0.7, second.Largest["count"]);
        File.WriteAllText(Path.Combine(folder.FullName, "scales.json"), "{");
        Assert.Equal("resume from an earlier checkpoint of the run", Assert.Throws<UsageException>(() => second.Read(folder.FullName)).Fix);
        folder.Delete(recursive: true);
        new RunningScales().Read(folder.FullName);

        void Fill(BigramFeatures policy, RunningScales scales, int from, int to)
        {
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.1);
            for (int step = from; step <= to; step++)
                Step(policy, optimizer, s_options, ppo, step, scales);
        }
    }

    // Returns of two kinds of questions, one a hundred times the other: each fills the range.
    [Fact]
    public void Each_kind_of_question_has_a_scale_of_its_own()
    {
        var scales = new RunningScales();
        Assert.Equal(1, scales.Divisor("count", 10));
        scales.AddReturns("count", [0.5, -2]);
        scales.AddReturns("ground", [200]);
        scales.AddReturns("never", [1e-9]);
        scales.AddReturns("count", [1]);

        Assert.Equal((0.2, 20), (scales.Divisor("count", 10), scales.Divisor("ground", 10)));
        Assert.Equal(1, scales.Divisor("never", 10));
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Assert.StartsWith("rewards or returns that are normalised need the run's scales",
            Assert.Throws<ArgumentException>(() => Moved(s_ppo with { NormalizeRewards = true }, null)).Message);
        Assert.StartsWith("a critic of [12, ",
            Assert.Throws<ArgumentException>(() => Moved(s_ppo with { Critic = CriticKind.Categorical }, new())).Message);
        Refused("AdvantageEstimator", s_options with { AdvantageEstimator = "opo" });
        Refused("ZeroVariance", s_options with { ZeroVariance = ZeroVariance.Drop });
        Refused("GroupMeanMin", s_options with { GroupMeanMin = 0 });
        Refused("GroupMeanMax", s_options with { GroupMeanMax = 1 });

        static void Refused(string property, GrpoOptions options)
        {
            using var policy = new BigramFeatures();
            using FusedAdamW optimizer = PpoUpdate.Optimizer(policy.Both, s_options, s_ppo);
            Assert.Equal(property, Assert.Throws<OptionException>(() => Step(policy, optimizer, options, s_ppo, 1, new())).Property);
        }
    }

    // A cut completion is as if it had not been sampled; where all are cut nothing moves.
    [Fact]
    public void Cut_completions_are_left_out_where_that_is_asked_for()
    {
        using var policy = new BigramFeatures();
        Rollout[] rollouts = Rollouts(policy, 1), ended = [.. rollouts.Where(rollout => rollout.Stop != StopReason.Length)];
        Assert.InRange(ended.Length, 1, 11);
        GrpoOptions masked = s_options with { MaskTruncated = true };

        Assert.Equal(Weights(s_options, ended), Weights(masked, rollouts));
        Assert.NotEqual(Weights(s_options, rollouts), Weights(masked, rollouts));
        Assert.Equal(policy.Policy.Weights(), Weights(masked, [.. rollouts.Except(ended)]));

        static double[] Weights(GrpoOptions options, Rollout[] rollouts)
        {
            using var policy = new BigramFeatures();
            using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 0.5);
            Updates.Ppo(policy.Both, optimizer, rollouts, Rewards(rollouts), options, s_ppo, 5, 1);
            return policy.Policy.Weights();
        }
    }

    public void Dispose() => _scope.Dispose();

    // Moves of the policy's 30 weights, then of the head's; SGD at rate 1.
    private static (double[] Moves, StepStats Stats) Moved(PpoOptions ppo, RunningScales? scales, Func<double, double>? reward = null)
    {
        using var policy = new BigramFeatures();
        double[] before = [.. policy.Policy.Weights(), .. policy.HeadWeights];
        using SGD optimizer = torch.optim.SGD(policy.Both.Trainable.Select(p => p.Value), 1);
        Rollout[] rollouts = Rollouts(policy, 1);
        StepStats stats = PpoUpdate.Apply(policy.Both, optimizer,
            Updates.Scored(rollouts, [.. Rewards(rollouts).Select(reward ?? (r => r))]), s_options, ppo, 5, 1, scales: scales);
        return ([.. policy.Policy.Weights().Concat(policy.HeadWeights).Zip(before, (a, b) => a - b)], stats);
    }

    private static StepStats Step(
        BigramFeatures policy, torch.optim.Optimizer optimizer, GrpoOptions options, PpoOptions ppo, long step,
        RunningScales scales, long? sampling = null)
    {
        Rollout[] rollouts = policy.Both.Sample(s_prompts, options.GroupSize, options.Sampling, new(7, sampling ?? step));
        return PpoUpdate.Apply(policy.Both, optimizer, Updates.Scored(rollouts, Rewards(rollouts)), options, ppo, 7, step, scales: scales);
    }

    private static Rollout[] Rollouts(BigramFeatures policy, int step) =>
        policy.Both.Sample(s_prompts, 4, s_options.Sampling, new(1, step));

    private static double[] Rewards(Rollout[] rollouts) =>
        [.. rollouts.Select(rollout => (double)rollout.Actions.Count(action => action == 3))];
}
