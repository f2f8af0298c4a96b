using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Step;

/// <summary>Rollouts that teach nothing are read, for the statistics, and not learned from.</summary>
public sealed class ZeroVarianceGroupTests : IDisposable
{
    private static readonly Prompt[] s_prompts = [BigramPolicy.Prompt("p0", 0), BigramPolicy.Prompt("p1", 1)];

    private static readonly GrpoOptions s_options = new()
    {
        GroupSize = 4,
        PromptsPerStep = 2,
        MaxNewTokens = 6,
        MaxGradNorm = 0,
        Steps = 10,
        MicroBatchSize = 3,
    };

    private static readonly double[] s_advantages = [0, 0, 0, 0, -0.4, 0, 0.1, 0.3];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Of p0 all four are flat, of p1 one: three with a gradient, five without; with a divergence all eight have one.
    [Theory]
    [InlineData(0, 3)]
    [InlineData(0.1, 8)]
    public void Only_what_teaches_is_read_with_a_gradient(double klWeight, int learning)
    {
        var policy = new Watched();

        Update(policy, s_options with { Beta = klWeight }, s_advantages);

        Assert.Equal(8, policy.Read.Sum(read => read.Rollouts));
        Assert.Equal(learning, policy.Read.Where(read => read.Gradient).Sum(read => read.Rollouts));
    }

    [Theory]
    [InlineData(Aggregation.TokenMean)]
    [InlineData(Aggregation.SeqMeanTokenMean)]
    [InlineData(Aggregation.SeqMeanTokenSumNorm)]
    public void They_count_in_the_divisor_and_in_the_statistics(string kind)
    {
        (Watched with, Watched without) = (new(), new());

        StepStats all = Update(with, s_options with { LossAggregation = kind }, s_advantages);
        // A divergence too small to show has every rollout read with a gradient.
        StepStats full = Update(without, s_options with { LossAggregation = kind, Beta = 1e-12 }, s_advantages);

        double size = without.Inner.Weights().Zip(new BigramPolicy().Weights(), (a, b) => Math.Abs(a - b)).Max();
        Assert.True(size > 0.001, $"{size}");
        Assert.All(with.Inner.Weights().Zip(without.Inner.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * size));
        Assert.Equal(full.Sums[Metric.Entropy].Weight, all.Sums[Metric.Entropy].Weight);
        Assert.Equal(full.Sums[Metric.Entropy].Value, all.Sums[Metric.Entropy].Value, 1e-9);
        Assert.Equal(full[Metric.Loss], all[Metric.Loss], 1e-9);
    }

    // Momentum moves on where nothing teaches, as it would under a gradient of 0.
    [Fact]
    public void A_step_that_teaches_nothing_is_a_step_of_the_optimizer()
    {
        var policy = new Watched();

        StepStats stats = Update(policy, s_options, new double[8]);

        Assert.All(policy.Read, read => Assert.True(read.Gradient));
        Assert.Equal(0, stats[Metric.GradNorm]);
    }

    private static StepStats Update(Watched policy, GrpoOptions options, double[] advantages)
    {
        Rollout[] rollouts = policy.Sample(s_prompts, 4, options.Sampling, new(1, 1));
        float[][]? reference = options.Beta > 0 ? ReferencePolicy.Of(policy.Inner, rollouts, options) : null;
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(item => item.Value), 1);
        return Updates.Grpo(policy, optimizer, rollouts, advantages, options, 1, reference);
    }

    private sealed class Watched : IPolicy
    {
        internal BigramPolicy Inner { get; } = new();

        internal List<(int Rollouts, bool Gradient)> Read { get; } = [];

        public IReadOnlyList<(string Name, Parameter Value)> Trainable => Inner.Trainable;

        public Rollout[] Sample(
            IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
            Inner.Sample(prompts, group, sampling, key, cancel);

        public IAsyncEnumerable<int> StreamAsync(
            Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
            throw new NotSupportedException("no test streams it");

        public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling)
        {
            Read.Add((rollouts.Count, torch.is_grad_enabled()));
            return Inner.LogProbs(rollouts, sampling);
        }
    }
}
