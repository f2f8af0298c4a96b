using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorRandomTests
{
    private const int Many = 20_000;

    [Fact]
    public void The_same_seed_draws_the_same_numbers()
    {
        static double[] Draw(long seed)
        {
            using var generator = new Generator((ulong)seed);
            return Expect.Of(randn(5, generator: generator));
        }
        Assert.Equal(Draw(3), Draw(3));
        Assert.NotEqual(Draw(3), Draw(4));
    }

    [Fact]
    public void The_default_generator_is_seeded_saved_and_restored()
    {
        manual_seed(11);
        Assert.Equal(11, initial_seed());
        double[] first = Expect.Of(rand(4));
        using Tensor state = get_rng_state();
        double[] second = Expect.Of(rand(4));
        set_rng_state(state);
        Assert.Equal(second, Expect.Of(rand(4)));
        manual_seed(11);
        Assert.Equal(first, Expect.Of(rand(4)));
        Assert.Equal(11, random.manual_seed(11).initial_seed());
    }

    // The mean of n draws is off by its deviation / sqrt(n); six of those are never met by chance.
    [Fact]
    public void Draws_have_the_mean_and_the_range_of_their_distribution()
    {
        using var generator = new Generator(5);
        static void Mean(double expected, double deviation, Tensor draws)
        {
            using (draws)
                Assert.Equal(expected, draws.@double().mean().item<double>(), 6 * deviation / Math.Sqrt(Many));
        }

        static Tensor Empty() => zeros(Many, ScalarType.Float64);
        Mean(0.5, Math.Sqrt(1.0 / 12), rand(Many, generator: generator));
        Mean(0, 1, randn(Many, generator: generator));
        Mean(3, 2, normal(3, 2, [Many], generator: generator));
        Mean(3, 2, normal(full([Many], 3.0), full([Many], 2.0), generator));
        Mean(3, 2, Empty().normal_(3, 2, generator));
        Mean(4, Math.Sqrt(4.0 / 12), Empty().uniform_(3, 5, generator));
        Mean(0.25, Math.Sqrt(3.0 / 16), Empty().bernoulli_(0.25, generator));
        Mean(0.25, Math.Sqrt(3.0 / 16), full([Many], 0.25).bernoulli(generator));
        Mean(0.25, Math.Sqrt(3.0 / 16), Empty().bernoulli_(tensor(0.25), generator));
        Mean(0.5, 0.5, Empty().exponential_(2, generator));
        Mean(4, Math.Sqrt(12), Empty().geometric_(0.25, generator));
        Mean(3, Math.Sqrt(3), full([Many], 3.0).poisson(generator));
        Mean(Math.Exp(0.5 * 0.01), 0.11, Empty().log_normal_(0, 0.1, generator));
        Mean(0.5, 0.5, Empty().cauchy_(0, 1, generator).gt(0));
        Mean(6, Math.Sqrt(24.0 / 12), randint(4, 9, [Many], generator: generator));   // 4 to 8
        Mean(6, Math.Sqrt(24.0 / 12), Empty().random_(4, 9, generator));
    }

    [Fact]
    public void Integers_stay_in_their_range()
    {
        using Tensor draws = randint(3, [1000], generator: new Generator(1));
        Assert.Equal(ScalarType.Int64, draws.dtype);
        Expect.Number(0, draws.min());
        Expect.Number(2, draws.max());
        Assert.Equal([2, 2], randint(1, 5, (int[])[2, 2]).shape);
        Assert.Equal([2], randint(5, (int[])[2]).shape);
        Expect.Row(randperm(5, generator: new Generator(2)).sort().Values, 0, 1, 2, 3, 4);
    }

    // Weights 1 and 3: the second comes three times of four; without replacement each comes once.
    [Fact]
    public void Multinomial_draws_by_weight()
    {
        using Tensor weights = tensor((double[])[1, 3]);
        double share = multinomial(weights, Many, true, new Generator(7)).@double().mean().item<double>();
        Assert.Equal(0.75, share, 6 * Math.Sqrt(3.0 / 16 / Many));
        Expect.Row(weights.multinomial(2, generator: new Generator(7)).sort().Values, 0, 1);
    }
}
