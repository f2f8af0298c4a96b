namespace Vlm.Grpo.Tests.Curricula;

public class SuccessRateTests
{
    private static readonly double[] s_rates = [0, 0.5, 0.9];

    // exp(.5), exp(0), exp(-.4) = 1.6487, 1, 0.6703; their sum is 3.3190.
    [Theory]
    [InlineData(1.0, 0.4967, 0.3013, 0.2020)]
    [InlineData(0.1, 0.9932, 0.0067, 0.0001)]
    public void What_fails_most_is_asked_most_as_published(double temperature, params double[] shares) =>
        Assert.Equal(shares, SuccessRate.Probabilities(s_rates, temperature).Select(share => Math.Round(share, 4)));

    // exp(-.5), exp(0), exp(-.4) = 0.6065, 1, 0.6703; their sum is 2.2768.
    [Fact]
    public void Or_what_is_right_half_the_time() => Assert.Equal(
        [0.2664, 0.4392, 0.2944], SuccessRate.Probabilities(s_rates, 1, SuccessMode.Frontier).Select(share => Math.Round(share, 4)));

    [Fact]
    public void Weights_multiply_and_a_small_temperature_does_not_overflow()
    {
        double[] equal = SuccessRate.Probabilities([0.3, 0.3], 1, weights: [1, 3]);

        Assert.Equal([0.25, 0.75], equal.Select(share => Math.Round(share, 12)));
        Assert.Equal([1, 0], SuccessRate.Probabilities([0, 1], 1e-6));
        Assert.Throws<ArgumentOutOfRangeException>(() => SuccessRate.Probabilities(s_rates, 0));
    }

    [Fact]
    public void A_running_rate_begins_with_its_first_value()
    {
        double first = SuccessRate.Running(null, 0.75, 0.9);

        Assert.Equal(0.75, first);
        Assert.Equal((0.9 * 0.75) + (0.1 * 0.25), SuccessRate.Running(first, 0.25, 0.9), 1e-15);
    }

    // sqrt(9) : sqrt(1) = 3 : 1
    [Fact]
    public void A_temperature_evens_the_weights_of_a_mixture_out()
    {
        Assert.Equal([0.9, 0.1], MixtureProportions.Of([9, 1]).Select(share => Math.Round(share, 12)));
        Assert.Equal([0.75, 0.25], MixtureProportions.Of([9, 1], 2).Select(share => Math.Round(share, 12)));
    }
}
