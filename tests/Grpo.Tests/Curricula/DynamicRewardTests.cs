namespace Vlm.Grpo.Tests.Curricula;

public class DynamicRewardTests
{
    private static readonly double[] s_reference = [0.2, 0.2];

    // (.6-.2)(.4-.2) + (.4-.2)(.7-.4) = .08 + .06; the third point adds (.55-.4)(.6-.4) = .03.
    [Fact]
    public void The_volume_of_two_objectives_and_what_a_point_adds()
    {
        double before = Hypervolume.Of([[0.6, 0.4], [0.4, 0.7]], s_reference), after = Hypervolume.Of([[0.6, 0.4], [0.4, 0.7], [0.55, 0.6]], s_reference);

        Assert.Equal(0.14, before, 1e-12);
        Assert.Equal(0.17, after, 1e-12);
        Assert.Equal(0.54499, HypervolumeWeight.Of(after - before), 5e-6);
    }

    // A box of 1 x 2 x 3 and one of 2 x 1 x 1, which share 1 x 1 x 1: 6 + 2 - 1.
    [Fact]
    public void The_volume_of_three_objectives() =>
        Assert.Equal(7, Hypervolume.Of([[1, 2, 3], [2, 1, 1]], [0, 0, 0]), 1e-12);

    [Theory]
    [InlineData(0.9, 0.1)]
    [InlineData(0.1, 0.9)]
    [InlineData(0.9, 0.2)]
    public void A_point_that_is_no_better_than_the_reference_in_one_objective_adds_nothing(double x, double y)
    {
        Assert.Equal(0, Hypervolume.Of([[x, y]], s_reference));
        Assert.Equal(0.14, Hypervolume.Of([[0.6, 0.4], [x, y], [0.4, 0.7]], s_reference), 1e-12);
    }

    // Sums over a grid agree with the slices, for many points in three objectives.
    [Fact]
    public void The_volume_equals_that_of_counted_cells()
    {
        var random = new RandomStream(5, "cells");
        double[][] points = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, 3).Select(_ => random.Next(8) - 1.0).ToArray())];
        int cells = Enumerable.Range(0, 7 * 7 * 7).Count(cell =>
            points.Any(point => point[0] > cell % 7 && point[1] > cell / 7 % 7 && point[2] > cell / 49));

        Assert.True(cells > 20);
        Assert.Equal(cells, Hypervolume.Of(points, [0, 0, 0]), 1e-9);
    }

    [Fact]
    public void The_multiplier_follows_the_volume_that_a_step_adds()
    {
        HypervolumeWeight first = HypervolumeWeight.Start.Add(s_reference), second = first.Add([0.6, 0.4]);

        Assert.Equal((1, 1), (HypervolumeWeight.Start.Multiplier, first.Multiplier));
        Assert.Equal(0.5 + (1.5 * Math.Tanh(0.08)), second.Multiplier, 1e-12);
        HypervolumeWeight third = second.Add([0.4, 0.7]).Add([0.55, 0.6]);
        Assert.Equal(0.54499, third.Multiplier, 5e-6);
        Assert.Equal(0.5, third.Add([0.1, 0.9]).Multiplier);
        Assert.Equal(third.Points, third.Add([0.3, 0.3]).Points);
        Assert.Equal(2, third.Add([0.9, 0.9]).Points.Length);
    }

    // log(1/3) + .1 I, I = 2, 1, -1: exp(.2), exp(.1), exp(-.1) over their sum 3.2314.
    [Fact]
    public void One_step_of_mirror_descent()
    {
        double third = 1 / 3.0;
        Assert.Equal([0.3780, 0.3420, 0.2800], GradientWeights.Next([third, third, third], [2, 1, -1], 0.1).Select(weight => Math.Round(weight, 4)));
    }

    // g = (1, 2), (1, 2): every product is 5. Negated, the first has 5 - 5 = 0 as the second has; of three it has 5 - 10.
    [Fact]
    public void Equal_gradients_keep_the_weights_and_a_gradient_against_the_others_loses()
    {
        Assert.Equal([0.3, 0.7], GradientWeights.Next([0.3, 0.7], GradientWeights.Influence([[5, 5], [5, 5]]), 0.01).Select(weight => Math.Round(weight, 12)));
        double[] turned = GradientWeights.Next([0.3, 0.3, 0.4], GradientWeights.Influence([[5, -5, -5], [-5, 5, 5], [-5, 5, 5]]), 0.01);
        Assert.True(turned[0] < 0.3 && turned[1] > 0.3);
        Assert.Equal(1, turned.Sum(), 1e-12);
    }
}
