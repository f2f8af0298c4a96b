using TorchSharp.Modules;
using static Torch.Tests.OptimBench;
using static TorchSharp.torch;

namespace Torch.Tests;

public class OptimTests
{
    [Fact]
    public void AdamW_takes_two_steps_worked_on_paper()
    {
        // lr 0.1, betas 0.5 and 0.75, eps 0, decay 0.2; w0 = 2, gradients 3 then -1.
        // Step 1: w = 2 (1 - 0.02) = 1.96; m = 1.5, v = 0.25 * 9 = 2.25; m^ = 1.5 / 0.5 = 3, v^ = 2.25 / 0.25 = 9;
        //         w = 1.96 - 0.1 * 3 / 3 = 1.86.
        // Step 2: w = 1.86 * 0.98 = 1.8228; m = 0.75 - 0.5 = 0.25, v = 1.6875 + 0.25 = 1.9375;
        //         m^ = 0.25 / 0.75 = 1/3, v^ = 1.9375 / 0.4375 = 31/7; w = 1.8228 - 0.1 / 3 / sqrt(31/7).
        using Parameter weight = Weight(2);
        using var optimizer = optim.AdamW([weight], lr: 0.1, beta1: 0.5, beta2: 0.75, eps: 0, weight_decay: 0.2);

        Step(optimizer, weight, 3);
        Assert.Equal(1.86, Values(weight)[0], 1e-15);
        Step(optimizer, weight, -1);
        Assert.Equal(1.8228 - 0.1 / 3 / Math.Sqrt(31.0 / 7), Values(weight)[0], 1e-15);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void AdamW_equals_a_plain_loop_over_20_steps(bool amsgrad, bool maximize)
    {
        // 70,000 elements: more than one tile, and the last tile is not full.
        double[] expected = Numbers(70_000, 0);
        using Parameter large = Weight(expected), small = Weight(expected[..5]);
        using var optimizer = optim.AdamW(
            [large, small], 0.01, 0.8, 0.95, 1e-6, 0.1, amsgrad, maximize);
        double[] m = new double[expected.Length], v = new double[expected.Length], most = new double[expected.Length];

        for (int t = 1; t <= 20; t++)
        {
            double[] gradient = Numbers(expected.Length, t);
            Give(large, gradient);
            Give(small, gradient[..5]);
            optimizer.step();
            for (int i = 0; i < expected.Length; i++)
            {
                double g = maximize ? -gradient[i] : gradient[i];
                m[i] = 0.8 * m[i] + 0.2 * g;
                v[i] = 0.95 * v[i] + 0.05 * g * g;
                most[i] = Math.Max(most[i], v[i]);
                double square = (amsgrad ? most[i] : v[i]) / (1 - Math.Pow(0.95, t));
                expected[i] -= 0.01 * 0.1 * expected[i];
                expected[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.8, t))) / (Math.Sqrt(square) + 1e-6);
            }
        }

        Near(expected, Values(large), 1e-12);
        Near(expected[..5], Values(small), 1e-12);
    }

    [Fact]
    public void Decay_with_a_zero_gradient_is_lr_times_decay_of_the_weight_exactly()
    {
        using Parameter weight = Weight(2, -3);
        using var optimizer = optim.AdamW([weight], lr: 0.5, weight_decay: 0.125);

        Step(optimizer, weight, 0, 0);

        // 1 - 0.5 * 0.125 = 0.9375, a binary fraction.
        Assert.Equal([1.875, -2.8125], Values(weight));
    }

    [Fact]
    public void A_parameter_without_a_gradient_does_not_move()
    {
        using Parameter moved = Weight(1), still = Weight(5);
        using var optimizer = optim.AdamW([moved, still], lr: 0.1, weight_decay: 0.5);

        Step(optimizer, moved, 1);

        Assert.Equal([5.0], Values(still));
        Assert.NotEqual([1.0], Values(moved));
    }

    [Fact]
    public void Adam_adds_decay_to_the_gradient()
    {
        // g = 3 + 0.5 * 2 = 4; after bias correction m^ / sqrt(v^) is the sign of g, whatever its size, when eps is 0.
        using Parameter weight = Weight(2), other = Weight(-8);
        using var optimizer = optim.Adam([weight, other], lr: 0.25, eps: 0, weight_decay: 0.5);

        Give(weight, 3);
        Give(other, 3);   // 3 - 4 = -1: the decay turns the direction
        optimizer.step();

        Assert.Equal(1.75, Values(weight)[0], 1e-15);
        Assert.Equal(-7.75, Values(other)[0], 1e-15);
    }

    [Fact]
    public void Sgd_with_momentum_and_nesterov_follows_the_formula()
    {
        // b1 = 2; w = 1 - 0.1 (2 + 0.5 * 2) = 0.7. b2 = 0.5 * 2 + 4 = 5; w = 0.7 - 0.1 (4 + 2.5) = 0.05.
        using Parameter weight = Weight(1);
        using var optimizer = optim.SGD([weight], 0.1, momentum: 0.5, nesterov: true);

        Step(optimizer, weight, 2);
        Assert.Equal(0.7, Values(weight)[0], 1e-15);
        Step(optimizer, weight, 4);
        Assert.Equal(0.05, Values(weight)[0], 1e-15);
    }

    [Fact]
    public void Sgd_dampens_and_decays()
    {
        // g = 2 + 0.25 * 4 = 3, b = 3, w = 4 - 0.3 = 3.7; g = 1 + 0.925 = 1.925, b = 1.5 + 0.75 * 1.925 = 2.94375.
        using Parameter weight = Weight(4);
        using var optimizer = optim.SGD([weight], 0.1, momentum: 0.5, dampening: 0.25, weight_decay: 0.25);

        Step(optimizer, weight, 2);
        Assert.Equal(3.7, Values(weight)[0], 1e-15);
        Step(optimizer, weight, 1);
        Assert.Equal(3.7 - 0.294375, Values(weight)[0], 1e-15);
    }

    [Fact]
    public void Groups_have_options_of_their_own_and_take_the_rest_from_the_optimizer()
    {
        using Parameter fast = Weight(1), slow = Weight(1);
        using var optimizer = optim.SGD(
            [new SGD.ParamGroup([fast], new SGD.Options { LearningRate = 0.5 }),
                new SGD.ParamGroup([slow], new SGD.Options())], 0.125);

        Give(fast, 1);
        Give(slow, 1);
        optimizer.step();

        Assert.Equal([0.5, 0.125], optimizer.ParamGroups.Select(group => group.LearningRate));
        Assert.Equal((0.5, 0.875), (Values(fast)[0], Values(slow)[0]));
    }

    [Fact]
    public void A_parameter_given_twice_is_refused()
    {
        using Parameter weight = Weight(1);
        Assert.Throws<ArgumentException>(() => optim.AdamW([weight, weight]));
    }

    [Theory]
    [InlineData(-1, 0.9)]
    [InlineData(0.1, 1.0)]
    public void Unsound_options_are_refused(double rate, double beta)
    {
        using Parameter weight = Weight(1);
        Assert.Throws<ArgumentException>(() => optim.AdamW([weight], rate, beta));
    }

    [Fact]
    public void A_closure_is_called_with_gradients_on_and_its_loss_returned()
    {
        using Parameter weight = Weight(3);
        using var optimizer = optim.SGD([weight], 0.25);

        using IDisposable off = no_grad();
        using Tensor loss = optimizer.step(() =>
        {
            Tensor square = (weight * weight).sum();
            square.backward();
            return square;
        })!;

        // d(w^2) = 6; 3 - 1.5.
        Assert.Equal((9.0, 1.5), (loss.item<double>(), Values(weight)[0]));
    }
}
