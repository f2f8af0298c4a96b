using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Grpo.Tests.Step;

public sealed class GrpoStepTests : IDisposable
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

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void The_split_into_micro_batches_does_not_change_the_update(string kind)
    {
        GrpoOptions options = s_options with { LossAggregation = kind, Beta = 0.3, NumIterations = 2 };
        double[][] moves = [.. new[] { 12, 8, 4, 3, 1 }.Select(most => Move(options with { MicroBatchSize = most }))];

        double size = moves[0].Max(Math.Abs);
        Assert.True(size > 0.01);
        foreach (double[] move in moves[1..])
            Assert.All(moves[0].Zip(move), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * size));
    }

    // SGD at rate 1 moves by minus the gradient, so the gradient of the whole formula is checked by finite differences.
    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void The_weights_move_down_the_slope_of_the_formula(string kind)
    {
        GrpoOptions options = s_options with { LossAggregation = kind, Beta = 0.3, MicroBatchSize = 5 };
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, float[][] reference) = Prepare(options);
        double[] before = policy.Weights();
        double[] slopes = [.. Enumerable.Range(0, before.Length).Select(Slope)];
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        Updates.Grpo(policy, optimizer, rollouts, advantages, options, 1, reference);

        double[] after = policy.Weights();
        Assert.True(slopes.Max(Math.Abs) > 0.01);
        for (int i = 0; i < slopes.Length; i++)
            Assert.Equal(-slopes[i], after[i] - before[i], 1e-6);

        double Slope(int i) => (Formula(i, +1e-5) - Formula(i, -1e-5)) / 2e-5;

        double Formula(int i, double by)
        {
            using IDisposable constant = torch.no_grad();
            (Parameter weights, int at) = i < 15 ? (policy.Left, i) : (policy.Right, i - 15);
            torch.Tensor flat = weights.flatten();
            double kept = flat[at].item<double>();
            flat[at] = torch.tensor(kept + by);
            double loss = ByHand(policy, rollouts, advantages, reference, options);
            flat[at] = torch.tensor(kept);
            return loss;
        }
    }

    [Fact]
    public void Rollouts_of_one_prompt_stay_together_in_a_micro_batch()
    {
        using var policy = new BigramPolicy();
        Rollout[] rollouts = policy.Sample(s_prompts, 4, s_options.Sampling, new(1, 1));
        Rollout[] mixed = [.. Enumerable.Range(0, 12).Select(i => rollouts[i % 3 * 4 + i / 3])];
        ReferencePolicy.Of(policy, mixed, s_options with { MicroBatchSize = 9 });
        ReferencePolicy.Of(policy, mixed, s_options with { MicroBatchSize = 3 });

        Assert.Equal(
            ["p1 p1 p1 p1 p0 p0 p0 p0", "p2 p2 p2 p2", "p1 p1 p1", "p1", "p0 p0 p0", "p0", "p2 p2 p2", "p2"],
            policy.Batches.Select(batch => string.Join(' ', batch)));
    }

    [Fact]
    public void Reinforcement_makes_the_rewarded_token_likely()
    {
        using var policy = new BigramPolicy();
        GrpoOptions options = s_options with { GroupSize = 8, Steps = 40, LearningRate = 0.1, MaxGradNorm = 1 };
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        double first = 0, last = 0;
        for (int step = 1; step <= options.Steps; step++)
        {
            Rollout[] rollouts = policy.Sample(s_prompts, options.GroupSize, options.Sampling, new(7, step));
            double[] rewards =
                [.. rollouts.Select(r => r.Actions.Count(action => action == 3) / (double)r.Actions.Length)];
            double[] advantages = Updates.Advantages(rewards, options.GroupSize, options.Advantage);
            Updates.Grpo(policy, optimizer, rollouts, advantages, options, step);
            (first, last) = (step == 1 ? rewards.Average() : first, rewards.Average());
        }

        Assert.True(first < 0.4, $"began at {first}");
        Assert.True(last > 0.9, $"ended at {last}");
    }

    [Fact]
    public void What_is_not_trainable_does_not_move_by_a_bit()
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, float[][] reference) = Prepare(s_options);
        byte[] frozen = policy.Frozen.bytes.ToArray();
        double[] before = policy.Weights();
        GrpoOptions options = s_options with { WeightDecay = 0.5, Beta = 0.1 };
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        for (int step = 1; step <= 5; step++)
            Updates.Grpo(policy, optimizer, rollouts, advantages, options, step, reference);

        Assert.Equal(frozen, policy.Frozen.bytes.ToArray());
        Assert.All(before.Zip(policy.Weights()), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    // Plain SGD at rate 1: the move is as long as the bounded gradient. The unbounded one is longer than the bound.
    [Fact]
    public void The_gradient_is_bounded_and_logged_as_it_was()
    {
        double free = Length(Move(s_options));
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(s_options);
        double[] before = policy.Weights();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        StepStats stats = Updates.Grpo(
            policy, optimizer, rollouts, advantages, s_options with { MaxGradNorm = free / 4 }, 1);

        Assert.Equal(free, stats[Metric.GradNorm], 1e-9);
        Assert.Equal(free / 4, Length([.. policy.Weights().Zip(before, (a, b) => a - b)]), 1e-4 * free);
    }

    [Fact]
    public void The_rate_follows_the_schedule_of_the_step()
    {
        GrpoOptions options = s_options with { WarmupSteps = 3, LrScheduler = ScheduleShape.Linear };
        double whole = Length(Move(options, step: 4)), half = Length(Move(options, step: 2));
        StepStats stats = Update(options, step: 2, rate: 0.4);

        Assert.Equal(whole / 2, half, 1e-12);
        Assert.Equal(0.2, stats[Metric.LearningRate], 1e-15);
    }

    // A tenth of the way down at step 2 and two tenths at step 3, each from the peak of 0.4 and not from the rate before.
    [Fact]
    public void Each_step_takes_its_share_of_the_peak()
    {
        GrpoOptions options = s_options with { LrScheduler = ScheduleShape.Linear };
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(options);
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 0.4);

        Assert.Equal(0.36, Updates.Grpo(policy, optimizer, rollouts, advantages, options, 2)[Metric.LearningRate], 1e-15);
        Assert.Equal(0.32, Updates.Grpo(policy, optimizer, rollouts, advantages, options, 3)[Metric.LearningRate], 1e-15);
    }

    [Fact]
    public void The_first_update_sees_the_sampler_s_own_log_probs_and_the_second_does_not()
    {
        StepStats one = Update(s_options), two = Update(s_options with { NumIterations = 2 });

        // The sampler's log-probs are single precision, below 8 in size: they differ from the double ones by 8 x 2^-24.
        Assert.InRange(one[Metric.MaxLogProbDiff], 1e-12, 8 * Math.Pow(2, -24));
        Assert.Equal(1, one[Metric.RatioMean], 1e-6);
        Assert.Equal(one[Metric.MaxLogProbDiff], two[Metric.MaxLogProbDiff]);
        Assert.Equal(2 * one.Sums[Metric.Entropy].Weight, two.Sums[Metric.Entropy].Weight);
        Assert.True(Math.Abs(two[Metric.RatioMean] - 1) > 1e-4);
    }

    [Fact]
    public void The_step_is_logged_under_names_that_metrics_have()
    {
        KeyValuePair<string, double>[] metrics = [.. Update(s_options).Metrics()];

        Assert.Equal(11, metrics.Length);
        Assert.All(metrics, metric => Assert.True(Metric.IsDefined(metric.Key) && double.IsFinite(metric.Value)));
        Assert.InRange(metrics.Single(metric => metric.Key == Metric.Entropy).Value, 1, Math.Log(5));
    }

    [Theory]
    [InlineData("loss")]
    [InlineData("gradient")]
    public void A_number_that_is_not_finite_stops_the_step_with_its_prompts(string what)
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(s_options);
        (policy.Spoiled, policy.SpoilsOnlySlope) = ("p1", what == "gradient");
        double[] before = policy.Weights();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, s_options);
        var error = Assert.Throws<NonFiniteException>(() =>
            Updates.Grpo(policy, optimizer, rollouts, advantages, s_options with { MicroBatchSize = 4 }, 17));

        Assert.Equal(
            $"step 17: the {what} is not finite, from the prompts p1; no weight was moved", error.Message);
        Assert.Equal(what == "gradient", error.Tensor is not null);
        Assert.Equal((17, "p1"), (error.Step, string.Join(' ', error.Prompts)));
        Assert.Equal(before, policy.Weights());
        Assert.True(policy.Left.grad is null || policy.Left.grad.abs().sum().item<double>() == 0);
    }

    // The same number for every action of a completion is that number for the completion.
    [Fact]
    public void Advantages_per_action_move_the_weights_as_one_for_all_does()
    {
        (BigramPolicy one, Rollout[] rollouts, double[] advantages, _) = Prepare(s_options);
        using var each = new BigramPolicy();
        Batch whole = Updates.Batch(rollouts, advantages);
        Batch perAction = whole.With([.. whole.Select(sample =>
            (Advantage)sample.Rollout.Actions.Select(_ => sample.Advantage[0]).ToArray())]);
        using SGD first = torch.optim.SGD(one.Trainable.Select(p => p.Value), 1), second = torch.optim.SGD(each.Trainable.Select(p => p.Value), 1);
        double[] before = one.Weights();

        GrpoUpdate.Apply(one, first, whole, s_options, 1);
        GrpoUpdate.Apply(each, second, perAction, s_options, 1);

        Assert.NotEqual(before, one.Weights());
        Assert.All(one.Weights().Zip(each.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    // Cancelled while the second of three micro-batches is read.
    [Fact]
    public void A_cancelled_update_leaves_the_weights_and_the_next_one_is_as_ever()
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(s_options);
        using var cancel = new CancellationTokenSource();
        GrpoOptions options = s_options with { MicroBatchSize = 4 };
        Batch batch = Updates.Batch(rollouts, advantages);
        double[] before = policy.Weights();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        policy.Read = passes =>
        {
            if (passes == 2)
                cancel.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(
            () => GrpoUpdate.Apply(policy, optimizer, batch, options, 1, cancel.Token));
        Assert.Equal(before, policy.Weights());
        Assert.True(policy.Left.grad is null);

        policy.Read = _ => { };
        GrpoUpdate.Apply(policy, optimizer, batch, options, 1, CancellationToken.None);
        Assert.Equal(Move(options), policy.Weights().Zip(before, (a, b) => a - b));
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(s_options);
        using FusedAdamW optimizer = OptimizerStep.Create(policy, s_options);
        Rollout[] broken = [rollouts[0] with { LogProbs = [] }, .. rollouts[1..]];
        double[] infinite = [.. advantages[..^1], double.NaN];

        Assert.Equal("11 values for 12 samples (Parameter 'values')", Refusal(rollouts, advantages[1..]));
        Assert.Equal("an advantage of prompt p2 is not finite", Refusal(rollouts, infinite));
        Assert.Equal(
            $"a rollout of prompt p0 has {rollouts[0].Actions.Length} actions and 0 log-probs",
            Refusal(broken, advantages));

        string Refusal(Rollout[] given, double[] values) => Assert.Throws<ArgumentException>(
            () => Updates.Grpo(policy, optimizer, given, values, s_options, 1)).Message;
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, float[][] reference) = Prepare(s_options);
        GrpoOptions options = s_options with { Beta = 0.1, MicroBatchSize = 4 };
        using FusedAdamW optimizer = OptimizerStep.Create(policy, options);
        using DisposeScope scope = torch.NewDisposeScope();
        Updates.Grpo(policy, optimizer, rollouts, advantages, options, 1, reference);
        int after = scope.DisposablesCount;
        for (int step = 2; step < 6; step++)
            Updates.Grpo(policy, optimizer, rollouts, advantages, options, step, reference);

        Assert.Equal(after, scope.DisposablesCount);
    }

    public void Dispose() => _scope.Dispose();

    // The loss in plain arithmetic on doubles, from log-probs alone.
    private static double ByHand(
        BigramPolicy policy, Rollout[] rollouts, double[] advantages, float[][] reference, GrpoOptions options)
    {
        ActionLogProbs now = policy.LogProbs(rollouts, options.Sampling);
        double[][] rows = [.. now.LogProbs.data<double>().ToArray().Chunk((int)now.LogProbs.shape[1])];
        double[] sums = [.. rollouts.Select((rollout, i) => rollout.Actions.Select((_, t) => Term(i, t)).Sum())];
        return options.LossAggregation switch
        {
            Aggregation.TokenMean => sums.Sum() / rollouts.Sum(rollout => rollout.Actions.Length),
            Aggregation.SeqMeanTokenMean => sums.Zip(rollouts, (sum, r) => sum / r.Actions.Length).Average(),
            _ => sums.Sum() / (rollouts.Length * options.MaxNewTokens),
        };

        double Term(int i, int t)
        {
            double ratio = Math.Exp(rows[i][t] - rollouts[i].LogProbs[t]), gap = reference[i][t] - rows[i][t];
            double held = Math.Clamp(ratio, 1 - options.Epsilon, 1 + options.EpsilonHigh);
            return options.Beta * (Math.Exp(gap) - gap - 1)
                - Math.Min(ratio * advantages[i], held * advantages[i]);
        }
    }

    private static (BigramPolicy, Rollout[], double[], float[][]) Prepare(GrpoOptions options)
    {
        var policy = new BigramPolicy();
        using var other = new BigramPolicy(seed: 2);
        Rollout[] rollouts = policy.Sample(s_prompts, 4, options.Sampling, new(1, 1));
        double[] advantages = [.. rollouts.Select((r, i) => 0.1 * (i % 5) - 0.15 * r.Actions.Length + 0.3)];
        return (policy, rollouts, advantages, ReferencePolicy.Of(other, rollouts, options));
    }

    private static double[] Move(GrpoOptions options, long step = 1, double rate = 1)
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, float[][] reference) = Prepare(options);
        double[] before = policy.Weights();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), rate);
        Updates.Grpo(policy, optimizer, rollouts, advantages, options, step, reference);
        return [.. policy.Weights().Zip(before, (a, b) => a - b)];
    }

    private static StepStats Update(GrpoOptions options, long step = 1, double rate = 0.5)
    {
        (BigramPolicy policy, Rollout[] rollouts, double[] advantages, _) = Prepare(options);
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), rate);
        return Updates.Grpo(policy, optimizer, rollouts, advantages, options, step);
    }

    private static double Length(double[] move) => Math.Sqrt(move.Sum(x => x * x));
}
