using TorchSharp;
using TorchSharp.Modules;
using Vlm.Grpo.Tests.Adapters;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>The divergence of whole distributions in an update, on the smallest real model.</summary>
public sealed class FullDivergenceTests : IDisposable
{
    private static readonly GrpoOptions s_options = new()
    {
        MaxNewTokens = 4,
        GroupSize = 2,
        LearningRate = 1,
        MaxGradNorm = 0,
        Steps = 10,
        Beta = 0.5,
        KlEstimator = KlEstimator.Full,
    };
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("vlm-full-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public FullDivergenceTests() => TinyRun.Make(_root.FullName);

    // All advantages are 0: plain descent with rate 1 moves each weight by half the slope of the mean divergence over tokens.
    [Theory]
    [InlineData(64)]
    [InlineData(2)]
    [InlineData(1)]
    public void The_update_follows_the_slope_of_the_enumerated_divergence(int microBatch)
    {
        using var learner = Load(out ReferencePolicy reference);
        Rollout[] rollouts = Sample(learner);
        (double value, Dictionary<string, float[]> slopes) = Direct(learner, reference, rollouts);
        Dictionary<string, float[]> before = Numbers(learner);
        StepStats stats = Update(learner, rollouts, s_options with { MicroBatchSize = microBatch }, reference);
        Dictionary<string, float[]> after = Numbers(learner);

        Assert.True(value > 1e-3, $"{value}");
        Assert.Equal(value, stats[Metric.Kl], 1e-5);
        Assert.Equal(value / 2, stats[Metric.Loss], 1e-5);
        Assert.True(slopes.Values.Max(row => row.Max(Math.Abs)) > 1e-3);
        Assert.All(slopes, item => Assert.All(item.Value.Zip(before[item.Key].Zip(after[item.Key])),
            pair => Assert.Equal(pair.First / 2, pair.Second.First - pair.Second.Second, 2e-5)));
        reference.Dispose();
    }

    // p log p / q by hand from the two policies' own distributions, and never negative.
    [Fact]
    public void Its_value_is_the_sum_over_the_vocabulary()
    {
        using var learner = Load(out ReferencePolicy reference);
        using IDisposable constant = torch.no_grad();
        Rollout[] rollouts = Sample(learner);
        torch.Tensor read = reference.Distributions(rollouts, s_options.Sampling);
        ActionLogProbs now = learner.Policy.LogProbs(rollouts, s_options.Sampling);
        float[] p = [.. now.All!.LogProbs.flatten().data<float>()], q = [.. read.flatten().data<float>()];
        int width = (int)read.shape[1];
        double[] byHand = [.. p.Zip(q, (a, b) => float.IsNegativeInfinity(a) ? 0 : Math.Exp(a) * (a - b))
            .Chunk(width).Select(row => row.Sum())];
        float[] found = [.. FullDivergence.Compare(now, read).flatten().data<float>()];

        Assert.Equal(byHand.Length, rollouts.Sum(rollout => rollout.Actions.Length));
        Assert.All(byHand, value => Assert.True(value > 0));
        Assert.All(byHand.Zip(now.All.Places.data<long>().ToArray()), pair => Assert.Equal(pair.First, found[pair.Second], 1e-5));
        Assert.Equal(byHand.Sum(), found.Sum(), 1e-4);
        reference.Dispose();
    }

    [Fact]
    public void What_is_of_estimates_is_refused_with_it()
    {
        RegularizerOptions[] wrong = [new() { KlInReward = true }, new() { KlRatioWeighted = true }, new() { KlBound = 10 }];
        Assert.All(wrong, chosen => Assert.Contains(
            "must not be full with KlInReward", Refused(s_options with { Regularizer = chosen }), StringComparison.Ordinal));
        Assert.Contains("must be one of k1, k2, k3, abs, k1+, k3+, abs+, full",
            Refused(s_options with { KlEstimator = "ful" }), StringComparison.Ordinal);
        Assert.Equal("KlEstimator", Assert.Throws<OptionException>(() => ObjectiveState.Refuse(s_options)).Property);

        using var learner = Load(out ReferencePolicy reference);
        Assert.Contains("needs the reference policy", Assert.Throws<ArgumentException>(
            () => Update(learner, Sample(learner), s_options, null)).Message, StringComparison.Ordinal);
        reference.Dispose();

        static string Refused(GrpoOptions options) => Assert.Throws<OptionException>(() => OptionsCheck.Validate(options)).Message;
    }

    public void Dispose()
    {
        _scope.Dispose();
        _root.Delete(recursive: true);
    }

    private static StepStats Update(
        TrainableModel learner, Rollout[] rollouts, GrpoOptions options, ReferencePolicy? reference) => GrpoUpdate.Apply(
        learner.Policy, torch.optim.SGD(learner.Policy.Trainable.Select(item => item.Value), options.LearningRate),
        Updates.Batch(rollouts, new double[rollouts.Length]), options, 1, 1, reference: reference);

    private static (double, Dictionary<string, float[]>) Direct(TrainableModel learner, ReferencePolicy reference, Rollout[] rollouts)
    {
        torch.Tensor read = reference.Distributions(rollouts, s_options.Sampling);
        torch.Tensor mean = Kl.Full(learner.Policy.LogProbs(rollouts, s_options.Sampling).All!.LogProbs, read).mean();
        mean.backward();
        var slopes = learner.Policy.Trainable.Where(item => item.Value.grad is not null)
            .ToDictionary(item => item.Name, item => Floats(item.Value.grad!));
        foreach ((_, Parameter parameter) in learner.Policy.Trainable)
            parameter.grad = null;
        return (mean.item<float>(), slopes);
    }

    // The policy is a step away from its reference.
    private TrainableModel Load(out ReferencePolicy reference)
    {
        var learner = TrainableModel.Load(_root.FullName, new(), torch.CPU, seed: 4, logger: null);
        reference = new ReferencePolicy(learner.Policy);
        using IDisposable constant = torch.no_grad();
        using var generator = new torch.Generator(5);
        foreach ((_, Parameter value) in learner.Policy.Trainable)
            _ = value.add_(torch.randn(value.shape, generator: generator) * 0.03);
        return learner;
    }

    private static Rollout[] Sample(TrainableModel learner) => learner.Policy.Sample(
        [.. Enumerable.Range(0, 3).Select(i => learner.Base.Processor.Prompt(
            $"p{i}", [Message.User(i == 1 ? "which" : "which one is it")], []))],
        2, s_options.Sampling, new SampleKey(4, 1));

    private static Dictionary<string, float[]> Numbers(TrainableModel learner) =>
        learner.Policy.Trainable.ToDictionary(item => item.Name, item => Floats(item.Value));

    private static float[] Floats(torch.Tensor value) => value.detach().flatten().data<float>().ToArray();
}
