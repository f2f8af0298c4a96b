using TorchSharp;

namespace Vlm.Grpo.Tests.Curricula;

public class PlasticityTests
{
    // Of 1, -1, 0 and 2 two are above 0.
    [Fact]
    public void The_fraction_of_active_units()
    {
        using torch.Tensor activations = torch.tensor(new double[,] { { 1, -1 }, { 0, 2 } });
        using torch.Tensor mask = torch.tensor(new double[] { 0, 1 });

        Assert.Equal(0.5, Plasticity.ActiveFraction(activations));
        Assert.Equal(0.5, Plasticity.ActiveFraction(activations, mask));
    }

    // Mean sizes 3, 0.2, 0 and 2: a mean of 1.3, of which a tenth is 0.13 and a fifth 0.26. The padded row would wake all of them.
    [Fact]
    public void A_unit_is_dormant_where_its_mean_size_is_small_among_those_of_its_layer()
    {
        using torch.Tensor activations = torch.tensor(new double[,] { { 4, 0.2, 0, -2 }, { -2, -0.2, 0, 2 }, { 9, 9, 9, 9 } });
        using torch.Tensor mask = torch.tensor(new double[] { 1, 1, 0 });

        Assert.Equal(0.5, Plasticity.DormantRatio(activations, 0.2, mask));
        Assert.Equal(0.25, Plasticity.DormantRatio(activations, 0.1, mask));
        Assert.Equal(0, Plasticity.DormantRatio(activations, 0.1));
    }

    [Theory]
    [InlineData(0.412, 0.4115, true)]
    [InlineData(0.412, 0.410, false)]
    [InlineData(0.410, 0.411, true)]
    public void A_difference_of_a_thousandth_is_flat(double before, double now, bool flat) =>
        Assert.Equal(flat, PlasticityMonitor.IsFlat(before, now, 1e-3));

    // Checks at every second step: 0.5 -> 0.412 no, 0.412 -> 0.4115 yes; once raised it stays, however the fraction moves.
    [Fact]
    public void Reuse_is_raised_once()
    {
        double[] fractions = [0.5, 0.412, 0.9, 0.4115, 0.1, 0.7, 0.2, 0.1];
        PlasticityMonitor monitor = PlasticityMonitor.Start;
        var raised = new List<bool>();
        foreach (double fraction in fractions)
            raised.Add((monitor = monitor.Add(fraction, every: 2)).Raised);

        Assert.Equal([false, false, false, true, true, true, true, true], raised);
        Assert.Equal((0.1, 8L), (monitor.Last!.Value, monitor.Measured));
    }
}

/// <summary>The probe in a step of PPO: what it logs, and what it changes.</summary>
public class PlasticityProbeTests
{
    // The fraction of the states does not change without an update: the first check finds it flat, the step after reuses.
    [Fact]
    public void Reuse_doubles_the_passes_after_the_check_that_found_it_flat()
    {
        using var policy = new Ppo.BigramFeatures();
        var grpo = new GrpoOptions { MaxNewTokens = 4, MicroBatchSize = 4 };
        Rollout[] rollouts = policy.Sample([Step.BigramPolicy.Prompt("a", 0)], 6, grpo.Sampling, new(1, 1));
        var options = new PlasticityOptions { Plasticity = true, AdaptiveReuse = true, PlasticitySteps = 2 };
        var passes = new List<int>();
        PlasticityMonitor monitor = PlasticityMonitor.Start;
        using var folder = new Data.Folder();
        for (int step = 0; step < 3; step++)
        {
            (monitor, PpoOptions ppo, StepStats stats) = PlasticityProbe.Measure(policy, rollouts, monitor, grpo, new() { PpoEpochs = 3 }, options);
            passes.Add(ppo.PpoEpochs);
            Assert.InRange(stats["plasticity/fau"], 0.001, 0.999);
            Assert.Equal(ppo.PpoEpochs, stats["plasticity/reuse"]);
            monitor.Write(folder.Path, options);
            Assert.Equal(monitor, PlasticityMonitor.Read(folder.Path, options));
        }

        Assert.Equal([3, 3, 6], passes);
        Assert.Empty(PlasticityProbe.Measure(policy, rollouts, monitor, grpo, new(), new()).Stats.Sums);
    }
}
