using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>UniGRPO on a net of two tokens whose log-probs at a hidden place depend on how many tokens are seen.</summary>
public sealed class UniGrpoTests : IDisposable
{
    private static readonly ClipRange s_clip = new(0.2, 0.2);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Of responses of three tokens at p = 0.4 there are eight masks of probability p^k (1 - p)^(3 - k); that which hides nothing
    // becomes the one that hides the first. The mean loss over 40 000 drawn masks is that of the sum over all eight.
    [Fact]
    public void The_mean_over_drawn_masks_is_the_enumerated_value()
    {
        const double Level = 0.4;
        using var net = new TwoTokenNet();
        Rollout rollout = Response(1, 0, 1);
        var random = new RandomStream(3, "test");
        double[] drawn = [.. Enumerable.Range(0, 40_000).Select(_ => MaskSchedule.AtLevel(3, Level, random))
            .GroupBy(Number).Select(same => same.Count() / 40_000.0 * Loss(net, rollout, same.First()))];
        double enumerated = Enumerable.Range(0, 8).Sum(number =>
        {
            bool[] mask = [.. Enumerable.Range(0, 3).Select(t => (number >> t) % 2 == 1)];
            int hidden = mask.Count(one => one);
            if (hidden == 0)
                mask[0] = true;
            return Math.Pow(Level, hidden) * Math.Pow(1 - Level, 3 - hidden) * Loss(net, rollout, mask);
        });

        Assert.Equal(enumerated, drawn.Sum(), 0.01);
        Assert.NotEqual(enumerated, Loss(net, rollout, [true, false, false]), 0.05);

        static int Number(bool[] mask) => mask.Index().Sum(item => item.Item ? 1 << item.Index : 0);
    }

    [Theory]
    [InlineData(MaskSchedule.Random)]
    [InlineData(MaskSchedule.Coupled)]
    [InlineData(MaskSchedule.Spread)]
    public void Every_pass_hides_a_token_and_levels_lie_in_the_range(string name)
    {
        var random = new RandomStream(1, "test");
        bool[][] masks = [.. Enumerable.Range(0, 2000).SelectMany(_ => MaskSchedule.Table[name].Draw(20, 2, 0.1, 0.3, random))];

        Assert.All(masks, mask => Assert.Contains(true, mask));
        double share = masks.Average(mask => mask.Average(hidden => hidden ? 1.0 : 0));
        Assert.Equal(name == MaskSchedule.Coupled ? 0.5 : 0.2, share, 0.01);
        Assert.Equal([true], MaskSchedule.Table[name].Draw(1, 1, 0, 0, random).Single());
        Assert.Equal([true, false, false], MaskSchedule.Table[name].Draw(3, 1, 0, 0, random)[0]);
    }

    [Fact]
    public void A_pair_scores_every_token_exactly_once()
    {
        bool[][] pairs = MaskSchedule.Table[MaskSchedule.Coupled].Draw(7, 3, 0.2, 0.8, new(1, "test"));

        Assert.Equal(6, pairs.Length);
        Assert.All(pairs.Chunk(2), pair => Assert.All(pair[0].Zip(pair[1]), token => Assert.True(token.First ^ token.Second)));
        Assert.Equal([[true, true]], MaskSchedule.Pair([true, true]));
    }

    // From 0.35 of [0.1, 0.9]: 0.38, then 0.2 further each, the last beyond the end and round: 0.58, 0.78, 0.18.
    [Fact]
    public void Levels_are_spread_evenly_from_the_first() => Assert.All(
        new[] { 0.38, 0.58, 0.78, 0.18 }.Zip(MaskSchedule.SpreadLevels(4, 0.1, 0.9, 0.35)),
        pair => Assert.Equal(pair.First, pair.Second, 1e-12));

    // Rows of 2 and 1 hidden tokens. Ratios 1.5 (held at 1.2), 0.5; 1.1 of A = -1.
    // Surrogate: (1.2 + 0.5) / 2 = 0.85; -1.1. KL: sums of e^-d - 1 + d over hidden tokens, then the mean of the rows.
    [Fact]
    public void The_loss_is_the_released_codes_mean_of_means_and_mean_of_sums()
    {
        double[] logs = [.. new[] { 1.5, 0.5, 9, 7, 1.1, 7 }.Select(ratio => Math.Log(ratio))];
        torch.Tensor old = Doubles([-1, -2, -3, -1, -0.5, -2], 2, 3);
        torch.Tensor now = old + Doubles(logs, 2, 3);
        double kl = new[] { 1.5, 0.5, 1.1 }.Sum(ratio => 1 / ratio - 1 + Math.Log(ratio));

        (torch.Tensor loss, StepStats stats) = UniGrpoLoss.Compute(
            Rows(now, [1, 1, 0, 0, 1, 0]), old, Doubles([1, -1], 2), s_clip, beta: 0.3, rows: 2);

        Assert.Equal(-(0.85 - 1.1) / 2 + 0.3 * kl / 2, loss.item<double>(), 1e-12);
        Assert.Equal(kl / 3, stats[Metric.Kl], 1e-12);
        Assert.Equal((1.5 + 0.5 + 1.1) / 3, stats[Metric.RatioMean], 1e-12);
    }

    // Two thousand nats apart where nobody asks: e^2000 is no number, and is not multiplied by 0.
    [Fact]
    public void What_is_seen_may_be_anything()
    {
        torch.Tensor now = Doubles([-1, -2001], 1, 2).requires_grad_();
        torch.Tensor loss = UniGrpoLoss.Compute(Rows(now, [1, 0]), Doubles([-1.5, -1], 1, 2), Doubles([1], 1), new(0.9, 0.9), 0.3, 1).Loss;
        loss.backward();

        Assert.Equal(-Math.Exp(0.5) + 0.3 * (Math.Exp(-0.5) - 1 + 0.5), loss.item<double>(), 1e-12);
        Assert.Equal([true, false], now.grad!.flatten().data<double>().ToArray().Select(slope => double.IsFinite(slope) && slope != 0));
    }

    // One ratio for the first row: the root of 1.5 x 0.5 = 0.8660; A = 1, within the range.
    [Fact]
    public void A_sequence_ratio_is_that_of_mean_log_probs()
    {
        torch.Tensor old = Doubles([-1, -2, -3], 1, 3), now = old + Doubles([Math.Log(1.5), Math.Log(0.5), 5], 1, 3);
        ActionLogProbs rows = Rows(now, [1, 1, 0]);

        torch.Tensor loss = UniGrpoLoss.Compute(rows, old, Doubles([1], 1), s_clip, 0, 1, sequenceRatio: true).Loss;
        Assert.Equal(-Math.Sqrt(0.75), loss.item<double>(), 1e-12);
        Assert.Equal((-3 + Math.Log(0.75)) / 2, UniGrpoLoss.SequenceScore(rows).item<double>(), 1e-12);
    }

    // At theta = theta_old every ratio is 1: the loss is minus the mean advantage of the rows, without a divergence.
    [Fact]
    public void On_policy_the_loss_is_minus_the_mean_advantage_and_nothing_diverges()
    {
        torch.Tensor now = Doubles([-1, -2, -3, -1, -0.5, -2], 2, 3);
        (torch.Tensor loss, StepStats stats) = UniGrpoLoss.Compute(Rows(now, [1, 0, 1, 0, 1, 0]), now, Doubles([2, -0.5], 2), s_clip, 5, 2);

        Assert.Equal(-0.75, loss.item<double>(), 1e-12);
        Assert.Equal(0, stats[Metric.Kl]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_is_the_slope_and_what_is_seen_has_none(bool sequence)
    {
        double[] at = [-0.9, -2.1, -3, -1, -0.45, -2.2], mask = [1, 1, 0, 0, 1, 0];
        torch.Tensor now = Doubles(at, 2, 3).requires_grad_(), old = Doubles([-1, -2, -3, -1, -0.5, -2], 2, 3);
        Of(now).backward();
        double[] gradient = [.. now.grad!.flatten().data<double>()];

        Assert.Equal([false, false, true, true, false, true], gradient.Select(slope => slope == 0));
        for (int i = 0; i < 6; i++)
            Assert.Equal((Moved(i, 1e-6) - Moved(i, -1e-6)) / 2e-6, gradient[i], 1e-7);

        double Moved(int i, double by)
        {
            double[] moved = [.. at];
            moved[i] += by;
            return Of(Doubles(moved, 2, 3)).item<double>();
        }

        torch.Tensor Of(torch.Tensor x) => UniGrpoLoss.Compute(Rows(x, mask), old, Doubles([1, -0.7], 2), s_clip, 0.3, 2, sequence).Loss;
    }

    // The first update of a step has ratio 1 by definition, the second compares with it under the same masks; the net is asked for
    // responses alone and sees the same masks twice.
    [Fact]
    public void Old_log_probs_are_of_the_same_masks()
    {
        using var net = new TwoTokenNet();
        StepStats stats = Update(net, net.Optimizer(0.5), 1, new() { NumIterations = 2, MaskLevels = 3 }, 64);

        Assert.Equal(2, net.Asked.Count);
        Assert.Equal(net.Asked[0], net.Asked[1]);
        Assert.NotEqual(1, stats[Metric.RatioMean], 1e-4);
        Assert.True(stats[Metric.Kl] > 0);

        using var once = new TwoTokenNet();
        StepStats first = Update(once, once.Optimizer(0.5), 1, new() { MaskLevels = 3 }, 64);
        Assert.Equal((1, 0), (first[Metric.RatioMean], first[Metric.Kl]));
        Assert.DoesNotContain(Metric.MaxLogProbDiff, first.Sums.Keys);
    }

    [Fact]
    public void The_split_into_micro_batches_changes_nothing()
    {
        double[] weights = [.. new[] { 64, 2, 1 }.SelectMany(microBatch =>
        {
            using var net = new TwoTokenNet();
            for (int step = 1; step <= 3; step++)
                Update(net, net.Optimizer(0.5), step, new() { NumIterations = 2, MaskSchedule = MaskSchedule.Coupled }, microBatch);
            return net.Values;
        })];

        Assert.All(weights.Take(4).Zip(weights.Skip(4).Take(4)), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        Assert.All(weights.Take(4).Zip(weights.Skip(8)), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    // Two updates by hand: masks by seed, step and completion, the mean over the rows of what is in the step, one ratio for a row, 0.7 of the
    // divergence. What is left out has neither rows nor a share of the mean.
    [Theory]
    [InlineData(MaskSchedule.Random, false)]
    [InlineData(MaskSchedule.Coupled, true)]
    public void An_update_is_the_loss_over_all_rows_of_what_is_in_the_step(string schedule, bool sequence)
    {
        DiffusionOptions chosen = new() { MaskSchedule = schedule, MaskLevels = 3, NumIterations = 2, Beta = 0.7, SequenceRatio = sequence };
        Rollout[] rollouts = [Response(1, 0, 1), Response(0, 0, 1), Response(0, 1, 1), Response(1, 1, 1)];
        double[] advantages = [1, -0.5, 7, 2];
        var batch = new Batch(Updates.Batch(rollouts, advantages).Select((sample, i) => sample with { IsLeftOut = i == 2 }));
        using TwoTokenNet net = new(), hand = new();
        (MaskedResponse Row, double Advantage)[] rows = [.. rollouts.Index().Where(item => item.Index != 2).SelectMany(item =>
            MaskSchedule.Table[schedule].Draw(3, 3, 0.1, 0.9, new RandomStream(11, "diffusion-mask", 5, item.Index))
                .Select(mask => (new MaskedResponse(item.Item, mask), advantages[item.Index])))];
        torch.Tensor? old = null;
        SGD optimizer = hand.Optimizer(0.5);
        var losses = new List<double>();
        for (int update = 0; update < 2; update++)
        {
            ActionLogProbs now = hand.LogProbs([.. rows.Select(row => row.Row)]);
            old ??= now.LogProbs.detach().clone();
            torch.Tensor loss = UniGrpoLoss.Compute(
                now, old, Doubles([.. rows.Select(row => row.Advantage)], rows.Length), s_clip, 0.7, rows.Length, sequence).Loss;
            optimizer.zero_grad();
            loss.backward();
            _ = optimizer.step();
            losses.Add(loss.item<double>());
        }

        StepStats stats = UniGrpoUpdate.Apply(net, net.Optimizer(0.5), batch, new UpdateOptions { MaxGradNorm = 0 }, chosen, 5, 11);

        Assert.Equal(losses.Average(), stats[Metric.Loss], 1e-12);
        Assert.All(hand.Values.Zip(net.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        Assert.NotEqual(new TwoTokenNet().Values[1], net.Values[1], 1e-3);
        Assert.Throws<OptionException>(() => UniGrpoUpdate.Apply(
            net, optimizer, batch, new UpdateOptions(), chosen with { MaskLow = 0.5, MaskHigh = 0.4 }, 5, 11));
    }

    // Rewarded for token 1 the net comes to prefer it; samples without one are no part of the step.
    [Fact]
    public void A_net_learns_what_is_rewarded()
    {
        using var net = new TwoTokenNet();
        double before = net.ChanceOfOne();
        for (int step = 1; step <= 120; step++)
            Update(net, net.Optimizer(0.5), step, new() { NumIterations = 2 }, 64);

        Assert.True(before < 0.6 && net.ChanceOfOne() > 0.72, $"{before} to {net.ChanceOfOne()}");
        Rollout empty = Response() with { LogProbs = [] };
        StepStats none = UniGrpoUpdate.Apply(net, net.Optimizer(1), Updates.Batch([empty], [1]), new UpdateOptions(), new(), 1, 1);
        Assert.Equal(0, none[Metric.Updates]);
    }

    [Fact]
    public void Mistakes_are_named_with_their_cure()
    {
        Assert.Contains("random, coupled, spread", Refused(new() { MaskSchedule = "copled" }), StringComparison.Ordinal);
        Assert.Contains("must be >= MaskLow (0.5)", Refused(new() { MaskLow = 0.5, MaskHigh = 0.4 }), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskSchedule.AtLevel(0, 0.5, new(1, "test")));

        static string Refused(DiffusionOptions options) => Assert.Throws<OptionException>(() => OptionsCheck.Validate(options)).Message;
    }

    public void Dispose() => _scope.Dispose();

    private static StepStats Update(TwoTokenNet net, SGD optimizer, int step, DiffusionOptions options, int microBatch)
    {
        var prompt = new Prompt("p", "", [0], null, []);
        var random = new RandomStream(step, "responses");
        Rollout[] rollouts = [.. Enumerable.Range(0, 6).Select(i => Response(
            prompt, i, [.. Enumerable.Range(0, 3).Select(_ => random.NextDouble() < net.ChanceOfOne() ? 1 : 0)]))];
        double[] rewards = [.. rollouts.Select(rollout => rollout.Tokens.Average())];
        return UniGrpoUpdate.Apply(net, optimizer, Updates.Batch(rollouts, Updates.Advantages(rewards, 6)),
            new UpdateOptions { MicroBatchSize = microBatch, MaxGradNorm = 0 }, options, step, 7);
    }

    private static double Loss(TwoTokenNet net, Rollout rollout, bool[] mask)
    {
        using IDisposable constant = torch.no_grad();
        ActionLogProbs now = net.LogProbs([new(rollout, mask)]);
        return UniGrpoLoss.Compute(now, now.LogProbs - 0.1, Doubles([1], 1), s_clip, 0, 1).Loss.item<double>()
            - UniGrpoLoss.SequenceScore(now).item<double>();
    }

    private static Rollout Response(params int[] tokens) => Response(new Prompt("p", "", [0], null, []), 0, tokens);

    private static Rollout Response(Prompt prompt, int member, int[] tokens) =>
        new(prompt, member, tokens, tokens, new float[tokens.Length], "", StopReason.Length);

    private static ActionLogProbs Rows(torch.Tensor logProbs, double[] mask) =>
        new(logProbs, torch.zeros_like(logProbs), Doubles(mask, logProbs.shape));

    private static torch.Tensor Doubles(double[] values, params long[] shape) => torch.tensor(values).reshape(shape);

    /// <summary>The logit of token 1 at every hidden place is a weight for each number of tokens seen, 0 to 3.</summary>
    private sealed class TwoTokenNet : IMaskedDiffusion, IDisposable
    {
        private readonly Parameter _logits = new(torch.tensor(new[] { 0.3, -0.8, 1.1, 0.2 }));

        public List<string> Asked { get; } = [];

        public IReadOnlyList<(string Name, Parameter Value)> Trainable => [("logits", _logits)];

        public double[] Values => [.. _logits.detach().data<double>()];

        public ActionLogProbs LogProbs(IReadOnlyList<MaskedResponse> rows)
        {
            Assert.All(rows, row => Assert.Equal(row.Rollout.Tokens.Length, row.Masked.Count));
            Asked.Add(string.Join(' ', rows.Select(row => string.Concat(row.Masked.Select(hidden => hidden ? 'x' : '.')))));
            long[] seen = [.. rows.Select(row => (long)row.Masked.Count(hidden => !hidden))];
            torch.Tensor one = _logits.index_select(0, torch.tensor(seen)).unsqueeze(1);             // [B, 1]
            double[] signs = [.. rows.SelectMany(row => row.Rollout.Tokens.Select(token => token == 1 ? 1.0 : -1))];
            double[] masks = [.. rows.SelectMany(row => row.Masked.Select(hidden => hidden ? 1.0 : 0))];
            (torch.Tensor sign, torch.Tensor mask) = (Doubles(signs, rows.Count, -1), Doubles(masks, rows.Count, -1));
            torch.Tensor found = torch.nn.functional.logsigmoid(one * sign);
            return new(found * mask, torch.zeros_like(mask), mask);
        }

        public double ChanceOfOne() => Values.Average(logit => 1 / (1 + Math.Exp(-logit)));

        public SGD Optimizer(double rate) => torch.optim.SGD([_logits], rate);

        public void Dispose() => _logits.Dispose();
    }
}
