using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Measures the units that a critic reads, and says how often rollouts are reused.</summary>
public static class PlasticityProbe
{
    private const int Raise = 2;

    /// <summary>Reads some rollouts once, without a gradient.</summary>
    /// <param name="policy">Whose states the critic reads.</param>
    /// <param name="rollouts">Of the step; the first of them are read, as many as a micro-batch has.</param>
    /// <param name="monitor">After the step before.</param>
    /// <param name="grpo">Sampling and micro-batch.</param>
    /// <param name="ppo">Passes over the rollouts.</param>
    /// <param name="options">What is measured; nothing where it is off.</param>
    /// <returns>The monitor then, the passes of this step, and what was found under <c>plasticity</c>.</returns>
    public static (PlasticityMonitor Monitor, PpoOptions Ppo, StepStats Stats) Measure(
        IFeaturePolicy policy, IReadOnlyList<Rollout> rollouts, PlasticityMonitor monitor, GrpoOptions grpo,
        PpoOptions ppo, PlasticityOptions options)
    {
        Rollout[] read = [.. rollouts.Where(rollout => rollout.Actions.Length > 0).Take(grpo.MicroBatchSize)];
        if (!options.Plasticity || read.Length == 0)
            return (monitor, ppo, StepStats.Empty);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        (ActionLogProbs now, torch.Tensor features) = policy.LogProbsAndFeatures(read, grpo.Sampling);
        double active = Plasticity.ActiveFraction(features, now.Mask);
        int reuse = options.AdaptiveReuse && monitor.Raised ? Raise : 1;
        return (monitor.Add(active, options.PlasticitySteps, options.PlasticityGap),
            ppo with { PpoEpochs = ppo.PpoEpochs * reuse }, StepStats.Of(
            ($"{Metric.Plasticity}/fau", active, 1),
            ($"{Metric.Plasticity}/dormant", Plasticity.DormantRatio(features, options.DormantTau, now.Mask), 1),
            ($"{Metric.Plasticity}/reuse", ppo.PpoEpochs * reuse, 1)));
    }
}
