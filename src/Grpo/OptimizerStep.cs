using Grpo.Losses;
using TorchSharp;
using TorchSharp.Modules;
using Vlm;

namespace Grpo;

/// <summary>One update of the weights from a loss given in parts: the only place where weights change.</summary>
public static class OptimizerStep
{
    /// <summary>AdamW over what a policy may move.</summary>
    /// <remarks>Loshchilov and Hutter 2019, arXiv:1711.05101: the decay is not part of the gradient.</remarks>
    public static AdamW Create(IPolicy policy, UpdateOptions options) => torch.optim.AdamW(
        policy.Trainable.Select(parameter => parameter.Value), options.LearningRate, options.Beta1, options.Beta2,
        weight_decay: options.WeightDecay);

    /// <summary>Sets each parameter group to its share of its own peak rate.</summary>
    /// <returns>The first group's rate.</returns>
    internal static double SetRate(torch.optim.Optimizer optimizer, double multiplier)
    {
        torch.optim.ILearningRateController[] groups = [.. optimizer.ParamGroups];
        foreach (torch.optim.ILearningRateController group in groups)
            group.LearningRate = group.InitialLearningRate * multiplier;
        return groups[0].LearningRate;
    }

    /// <summary>Adds the gradients of all parts, bounds them, and moves the weights once.</summary>
    /// <param name="job">Parts, their loss, and whose prompts they are.</param>
    /// <param name="optimizer">Moves the weights.</param>
    /// <exception cref="NonFiniteException">
    /// A loss or gradient that is not finite; gradients are cleared, weights untouched.
    /// </exception>
    internal static UpdateStats Run(UpdateJob job, torch.optim.Optimizer optimizer)
    {
        optimizer.zero_grad();
        var stats = new LossStats(0);
        double loss = 0;
        foreach (int[] part in job.Parts)
        {
            (double partLoss, LossStats partStats) = Backward(job, part, optimizer);
            (loss, stats) = (loss + partLoss, stats + partStats);
        }

        double norm = Bound(job);
        if (!double.IsFinite(norm))
            throw NonFiniteGradient(job, optimizer);

        using (torch.NewDisposeScope())
            _ = optimizer.step();
        optimizer.zero_grad();
        return new(loss, norm, stats);
    }

    private static (double Loss, LossStats Stats) Backward(UpdateJob job, int[] part, torch.optim.Optimizer optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor loss, LossStats stats) = job.Loss(part);
        double value = loss.detach().to(torch.ScalarType.Float64).cpu().item<double>();
        if (!double.IsFinite(value))
        {
            optimizer.zero_grad();
            throw new NonFiniteException("loss", job.Step, job.PromptIds(part));
        }

        if (loss.requires_grad)
            loss.backward();
        return (value, stats);
    }

    // Without a bound the norm is still measured: it is logged, and tells whether the gradient is finite.
    private static double Bound(UpdateJob job)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.nn.utils.clip_grad_norm_(
            job.Parameters, job.MaxGradNorm > 0 ? job.MaxGradNorm : double.PositiveInfinity);
    }

    // Only on the way to the exception: runs the parts again, alone, to say which prompts made it.
    private static NonFiniteException NonFiniteGradient(UpdateJob job, torch.optim.Optimizer optimizer)
    {
        var prompts = new List<string>();
        foreach (int[] part in job.Parts)
        {
            optimizer.zero_grad();
            _ = Backward(job, part, optimizer);
            if (!double.IsFinite(Bound(job)))
                prompts.AddRange(job.PromptIds(part));
        }

        optimizer.zero_grad();
        return new("gradient", job.Step, prompts);
    }
}

/// <summary>What an update is made of.</summary>
/// <param name="Step">The update's number, for messages.</param>
/// <param name="Rollouts">All rollouts of the step.</param>
/// <param name="Parts">Indices of the rollouts of each micro-batch.</param>
/// <param name="Parameters">What may move.</param>
/// <param name="MaxGradNorm">Bound of the gradient; 0 has none.</param>
/// <param name="Loss">A part's share of the loss, with a gradient where it has one; one part at least does.</param>
internal sealed record UpdateJob(
    long Step, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<int[]> Parts, IReadOnlyList<Parameter> Parameters,
    double MaxGradNorm, Func<int[], (torch.Tensor Loss, LossStats Stats)> Loss)
{
    /// <summary>Ids of the prompts of a part, each once.</summary>
    public string[] PromptIds(int[] part) => [.. part.Select(i => Rollouts[i].Prompt.Id).Distinct()];
}

/// <summary>What one update measured.</summary>
internal sealed record UpdateStats(double Loss, double GradNorm, LossStats Actions);
