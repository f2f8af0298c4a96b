using TorchSharp;
using Vlm.Grpo.Tests.Step;
using static TorchSharp.torch;

namespace Vlm.Grpo.Tests.Diagnostics;

public sealed class GradientSignalTests : IDisposable
{
    private static readonly GrpoOptions s_options = new() { MaxNewTokens = 4, GroupSize = 4, MicroBatchSize = 3 };

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // The mean of (3, 0) and (1, 2) is (2, 1), squared 5. Deviations (1, -1) and (-1, 1): 4 in all, over G - 1 = 1 and G = 2.
    [Fact]
    public void The_ratio_is_the_squared_mean_over_its_own_variance()
    {
        var found = GradientSignal.Of(tensor(new double[,] { { 3, 0 }, { 1, 2 } }));

        Assert.Equal((5.0, 2.0, 2.5, 2), (found.SquaredMean, found.Noise, found.Ratio, found.Groups));
        Assert.Equal(double.PositiveInfinity, GradientSignal.Of(ones(3, 2)).Ratio);
        Assert.Equal(double.NaN, GradientSignal.Of(zeros(3, 2)).Ratio);
        Assert.Throws<ArgumentException>(() => GradientSignal.Of(ones(1, 2)));
        Assert.Throws<ArgumentException>(() => GradientSignal.Of(ones(2)));
        Assert.Throws<ArgumentException>(() => GradientSignal.Of(ones(3, 2) / 0));
    }

    // 64 groups of 200 numbers of deviation 2: noise 200 x 4 / 64 = 12.5. A mean of squared length 25 gives 1 + 2 = 3, none gives 1.
    // One ratio's deviation is .22 and .10; the mean over 30 is right within four times a root of 30th of it.
    [Theory]
    [InlineData(25, 3, 0.16)]
    [InlineData(0, 1, 0.08)]
    public void Gradients_of_known_mean_and_variance_have_the_ratio_that_follows(double squared, double ratio, double tolerance)
    {
        GradientSignal[] found = [.. Enumerable.Range(0, 30).Select(seed =>
            GradientSignal.Of((Normal(seed, 64, 200) * 2) + Math.Sqrt(squared / 200)))];

        Assert.Equal(ratio, found.Average(each => each.Ratio), tolerance);
        Assert.Equal(12.5, found.Average(each => each.Noise), 0.2);
    }

    // |sketch|^2 has a relative deviation of sqrt(2 / 512) = .0625 at most, the mean over 40 seeds .01; the ratio's is little more.
    [Fact]
    public void A_projection_keeps_the_ratio()
    {
        Tensor gradients = Normal(1, 16, 20_000) + 0.3;
        var whole = GradientSignal.Of(gradients);
        double[] ratios = [.. Enumerable.Range(0, 40).Select(seed => GradientSignal.Of(Projected(gradients, 512, seed)).Ratio / whole.Ratio)];

        Assert.True(whole.Ratio > 1.5);
        Assert.Equal(1, ratios.Average(), 0.04);
        Assert.All(ratios, ratio => Assert.Equal(1, ratio, 0.3));
        Assert.True(ratios.Distinct().Count() > 30);
        Assert.Equal(ratios[3], GradientSignal.Of(Projected(gradients, 512, 3)).Ratio / whole.Ratio);
    }

    // A gradient in one column of a matrix as wide as the sketch: 40 numbers of 1, all D apart. In one bucket their sum would be squared:
    // a mean of 40 too, with a deviation of 55. In random ones the deviation is 40 sqrt(2 / 512) = 2.5.
    [Fact]
    public void Numbers_that_lie_apart_by_the_width_are_not_put_together()
    {
        Tensor column = zeros(40, 512);
        column.narrow(1, 3, 1).fill_(1);
        double[] squares = [.. Enumerable.Range(0, 100).Select(seed => Projected(column.view(1, -1), 512, seed).square().sum().item<double>())];

        Assert.Equal(40, squares.Average(), 1.0);
        Assert.Equal(2.5, Math.Sqrt(squares.Average(square => (square - 40) * (square - 40))), 1.2);
    }

    [Theory]
    [InlineData(10_001, 64, 777)]
    [InlineData(10_001, 7, 9_999)]
    [InlineData(4_200_000, 512, 1_000_001)]       // more than is worked on at once
    public void Where_a_vector_is_cut_makes_no_difference(int numbers, int directions, int cut)
    {
        Tensor vector = Normal(2, numbers);
        using var sketch = new SignSketch(numbers, directions, 1, CPU);

        Tensor whole = sketch.Project([vector], [numbers]);
        Tensor parts = sketch.Project([vector[..cut].view(-1, 1), vector[cut..]], [cut, numbers - cut]);
        Tensor half = sketch.Project([null, vector[cut..]], [cut, numbers - cut]);
        vector[..cut] = 0;

        Assert.True((whole - parts).abs().max().item<double>() < 1e-4);
        Assert.True((sketch.Project([vector], [numbers]) - half).abs().max().item<double>() < 1e-4);
        Assert.True((whole - half).abs().max().item<double>() > 1e-2);
    }

    // The same from scalar products of the gradients that each group's rewards alone give, which another class computes.
    // 30 parameters in 30 directions are turned and change their signs: nothing is lost. In 64 neither.
    [Theory]
    [InlineData(30, 3)]
    [InlineData(64, 64)]
    public void With_as_many_directions_as_parameters_it_is_exact(int directions, int microBatch)
    {
        using var policy = new BigramPolicy();
        using optim.Optimizer optimizer = optim.SGD(policy.Trainable.Select(item => item.Value), 0.1);
        Batch batch = Sampled(policy);
        double[] before = policy.Weights(), rewards = [.. batch.Select(sample => sample.Score.Value)];
        double[][] products = RewardGradients.Products(policy, optimizer, batch, [.. batch.Groups.Select(group =>
            rewards.Select((reward, i) => group.Contains(i) ? reward : 0).ToArray())], s_options);
        double G = products.Length, all = products.Sum(row => row.Sum()), own = products.Select((row, i) => row[i]).Sum();

        var found = GradientSignal.Measure(policy, GroupAdvantage.Estimate(batch, s_options.Advantage),
            s_options with { MicroBatchSize = microBatch }, directions);

        Assert.Equal(all / (G * G), found.SquaredMean, 1e-6 * all);
        Assert.Equal((own - (all / G)) / (G * (G - 1)), found.Noise, 1e-6 * own);
        Assert.Equal(((int)G, true), (found.Groups, found.Noise > 1e-4));
        Assert.Equal(before, policy.Weights());
        Assert.All(policy.Trainable, item => Assert.True(item.Value.grad is null));
    }

    [Fact]
    public void Fewer_directions_come_near()
    {
        using var policy = new BigramPolicy();
        Batch batch = GroupAdvantage.Estimate(Sampled(policy), s_options.Advantage);
        double exact = GradientSignal.Measure(policy, batch, s_options, 30).Ratio;

        double[] near = [.. Enumerable.Range(0, 30).Select(seed => GradientSignal.Measure(policy, batch, s_options, 20, seed).Ratio)];

        Assert.Equal(exact, near.Average(), 0.15 * exact);
        Assert.NotEqual(near[0], near[1]);
    }

    private static Tensor Projected(Tensor rows, int directions, long seed)
    {
        using var sketch = new SignSketch(rows.shape[1], directions, seed, rows.device);
        return stack([.. Enumerable.Range(0, (int)rows.shape[0]).Select(i => sketch.Project([rows[i]], [rows.shape[1]]))]);
    }

    // Six groups, one of which earned the same throughout and has no gradient.
    private static Batch Sampled(BigramPolicy policy) => Batch.Of(
        policy.Sample([.. Enumerable.Range(0, 6).Select(i => BigramPolicy.Prompt($"q{i}", i % 4))], 4, s_options.Sampling, new(5, 1)),
        rollout => new Vlm.Rewards.TotalScore(rollout.Prompt.Id == "q2" ? 0.5 : rollout.Actions.Sum() % 3, []));

    private static Tensor Normal(long seed, params long[] shape)
    {
        var random = new RandomStream(seed, "gradients");
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))]).view(shape);
    }
}
