using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo;

/// <summary>An update towards any loss that can be given in parts: what objectives of one's own need, and reward models.</summary>
public static class LossUpdate
{
    /// <summary>Adds the gradients of all parts, bounds them, and moves the weights once.</summary>
    /// <param name="trainable">What the loss moves, by name.</param>
    /// <param name="optimizer">Over these parameters; its rates are set from the schedule.</param>
    /// <param name="rollouts">What is read: completions of a step. Those without a token are left out.</param>
    /// <param name="parts">Numbers of the rollouts that are read together.</param>
    /// <param name="options">Schedule, and bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="loss">
    /// From the numbers of a part: its share of the loss, a scalar, and what it measured under the names of <see cref="Metric"/>.
    /// </param>
    /// <param name="beforeStep">Called once all gradients are there, before the weights move; null for nothing.</param>
    /// <param name="cancel">Looked at before each part.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite; the weights are as they were.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two parts; the weights are as they were.</exception>
    public static StepStats Apply(
        IReadOnlyList<(string Name, Parameter Value)> trainable, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> rollouts,
        IReadOnlyList<int[]> parts, UpdateOptions options, long step, Func<int[], (torch.Tensor Loss, StepStats Stats)> loss,
        Action? beforeStep = null, CancellationToken cancel = default)
    {
        OptionsCheck.Validate(options);
        var job = new UpdateJob(step, rollouts, parts, trainable, options.MaxGradNorm, loss, cancel) { BeforeStep = beforeStep };
        OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        return OptimizerStep.Run(job, optimizer);
    }
}
