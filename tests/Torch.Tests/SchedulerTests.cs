using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace Torch.Tests;

public class SchedulerTests
{
    [Fact]
    public void A_cosine_falls_from_the_rate_to_the_least()
    {
        // 0.1 + 0.7 (1 + cos(pi e / 4)) / 2 at e = 0, 1, 2, 3, 4: cos 45 degrees is 0.70710678...
        using var optimizer = Optimizer(0.8);
        var schedule = lr_scheduler.CosineAnnealingLR(optimizer, 4, 0.1);
        double slope = 0.35 * Math.Sqrt(0.5);

        Near([0.8, 0.45 + slope, 0.45, 0.45 - slope, 0.1], Rates(optimizer, schedule, 5));
    }

    [Fact]
    public void A_warm_up_rises_in_a_line_and_stays()
    {
        // 0.8 (1/4 + 3/4 e / 3) up to e = 3.
        using var optimizer = Optimizer(0.8);
        var schedule = lr_scheduler.LinearLR(optimizer, 0.25, 1, 3);

        Near([0.2, 0.4, 0.6, 0.8, 0.8], Rates(optimizer, schedule, 5));
    }

    [Fact]
    public void Steps_multiply_by_gamma()
    {
        using var optimizer = Optimizer(0.8);
        var schedule = lr_scheduler.StepLR(optimizer, 2, 0.5);

        Near([0.8, 0.8, 0.4, 0.4, 0.2], Rates(optimizer, schedule, 5));
    }

    [Fact]
    public void A_function_sets_every_groups_rate()
    {
        using Parameter a = new(ones(1)), b = new(ones(1));
        using var optimizer = SGD([new SGD.ParamGroup([a], 0.5), new SGD.ParamGroup([b], 0.25)], 0.1);
        var schedule = lr_scheduler.LambdaLR(optimizer, epoch => 1.0 / (epoch + 1));

        schedule.step();

        Near([0.25, 0.125], [.. schedule.get_last_lr()]);
    }

    [Fact]
    public void A_warm_up_is_followed_by_a_cosine()
    {
        // 2 epochs of warm-up, then a cosine over 2: 0.4, 0.6, then 0.8, 0.4, 0.
        using var optimizer = Optimizer(0.8);
        var schedule = lr_scheduler.SequentialLR(
            optimizer,
            [lr_scheduler.LinearLR(optimizer, 0.5, 1, 2), lr_scheduler.CosineAnnealingLR(optimizer, 2)], [2]);

        Near([0.4, 0.6, 0.8, 0.4, 0], Rates(optimizer, schedule, 5));
    }

    [Fact]
    public void A_schedule_resumes_in_the_middle()
    {
        using var optimizer = Optimizer(0.8);
        using var resumed = Optimizer(0.8);
        var whole = lr_scheduler.CosineAnnealingLR(optimizer, 10);
        double[] rates = Rates(optimizer, whole, 7);

        var rest = lr_scheduler.CosineAnnealingLR(resumed, 10, last_epoch: 3);

        Assert.Equal(rates[4..], Rates(resumed, rest, 3));
    }

    [Fact]
    public void Schedules_and_milestones_must_match()
    {
        using var optimizer = Optimizer(0.8);
        using var other = Optimizer(0.8);

        Assert.Throws<ArgumentException>(
            () => lr_scheduler.SequentialLR(optimizer, [lr_scheduler.StepLR(optimizer, 1)], [1]));
        Assert.Throws<ArgumentException>(
            () => lr_scheduler.SequentialLR(optimizer, [lr_scheduler.StepLR(other, 1)], []));
    }

    private static SGD Optimizer(double rate) => SGD([new Parameter(ones(1))], rate);

    /// <summary>The rate of each epoch, the first before any step.</summary>
    private static double[] Rates(Optimizer optimizer, lr_scheduler.LRScheduler schedule, int epochs)
    {
        var rates = new List<double>();
        for (int i = 0; i < epochs; i++)
        {
            rates.Add(optimizer.ParamGroups.Single().LearningRate);
            schedule.step();
        }
        return [.. rates];
    }

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach ((double one, double two) in expected.Zip(actual))
            Assert.Equal(one, two, 1e-15);
    }
}
