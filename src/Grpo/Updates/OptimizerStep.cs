using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>One update of the weights from a loss given in parts: the only place where weights change.</summary>
public static class OptimizerStep
{
    /// <summary>AdamW over what a policy may move.</summary>
    /// <remarks>Loshchilov and Hutter 2019, arXiv:1711.05101: the decay is not part of the gradient.</remarks>
    /// <exception cref="UsageException">Weights of float16 would be trained.</exception>
    public static FusedAdamW Create(IPolicy policy, UpdateOptions options)
    {
        OptionsCheck.Validate(options);
        return new([Group(policy.Trainable, options.LearningRate, options)]);
    }

    /// <summary>Parameters that share a rate.</summary>
    /// <exception cref="UsageException">One is of float16.</exception>
    internal static AdamW.ParamGroup Group(
        IEnumerable<(string Name, Parameter Value)> parameters, double rate, UpdateOptions options)
    {
        Parameter[] values = [.. parameters.Select(parameter => parameter.Value)];
        return values.All(value => value.dtype != torch.ScalarType.Float16)
            ? new(values, rate, options.AdamBeta1, options.AdamBeta2, weight_decay: options.WeightDecay)
            : throw new UsageException(
                "float16 weights cannot be trained: gradients below 6e-8 vanish in them", "Dtype = float16",
                "Dtype = bfloat16, which takes the same memory, or LoraRank = 16, which trains float32 adapters");
    }

    /// <summary>Sets each parameter group to its share of its own peak rate.</summary>
    internal static void SetRate(torch.optim.Optimizer optimizer, double multiplier)
    {
        foreach (torch.optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = group.InitialLearningRate * multiplier;
    }

    /// <summary>Adds the gradients of all parts, bounds them, and moves the weights once.</summary>
    /// <param name="job">Parts, their loss, and whose prompts they are.</param>
    /// <param name="optimizer">Moves the weights.</param>
    /// <exception cref="NonFiniteException">
    /// A loss or gradient that is not finite; gradients are cleared, weights untouched.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled between two parts; gradients are cleared, weights untouched.
    /// </exception>
    internal static StepStats Run(UpdateJob job, torch.optim.Optimizer optimizer)
    {
        Gradients.Clear(optimizer, job.Parameters);
        StepStats stats = StepStats.Empty;
        foreach (int[] part in job.Parts)
        {
            if (job.Cancel.IsCancellationRequested)
                Gradients.Clear(optimizer, job.Parameters);
            job.Cancel.ThrowIfCancellationRequested();
            stats += Backward(job, part, optimizer);
        }

        double norm = Gradients.Clip(optimizer, job.Parameters, job.MaxGradNorm);
        if (!double.IsFinite(norm))
            throw NonFiniteGradient(job, optimizer);

        job.BeforeStep?.Invoke();
        using (torch.NewDisposeScope())
            _ = optimizer.step();
        Gradients.Clear(optimizer, job.Parameters);
        // Losses are sums over the parts: one update counts once.
        return stats + StepStats.Of((Metric.Loss, 0, 1), (Metric.GradNorm, norm, 1), (Metric.LearningRate, Rate(optimizer), 1));
    }

    private static double Rate(torch.optim.Optimizer optimizer) => optimizer.ParamGroups.First().LearningRate;

    private static StepStats Backward(UpdateJob job, int[] part, torch.optim.Optimizer optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor loss, StepStats stats) = job.Loss(part);
        double value = loss.detach().to(torch.ScalarType.Float64).cpu().item<double>();
        if (!double.IsFinite(value))
        {
            Gradients.Clear(optimizer, job.Parameters);
            throw new NonFiniteException("loss", job.Step, job.PromptIds(part), NonFiniteWeights.First(job.Trainable));
        }

        if (loss.requires_grad)
            loss.backward();
        Gradients.Collect(optimizer);
        return stats + StepStats.Of((Metric.Loss, value, 0));
    }

    // Only on the way to the exception: runs the parts again, alone, to say which prompts made it.
    private static NonFiniteException NonFiniteGradient(UpdateJob job, torch.optim.Optimizer optimizer)
    {
        (var prompts, string? tensor) = (new List<string>(), (string?)null);
        foreach (int[] part in job.Parts)
        {
            Gradients.Clear(optimizer, job.Parameters);
            _ = Backward(job, part, optimizer);
            if (!double.IsFinite(Gradients.Clip(optimizer, job.Parameters, bound: 0)))
            {
                prompts.AddRange(job.PromptIds(part));
                tensor ??= job.Trainable.Where(item => IsSpoiled(optimizer, item.Value)).Select(item => item.Name).FirstOrDefault();
            }
        }

        Gradients.Clear(optimizer, job.Parameters);
        return new("gradient", job.Step, prompts, tensor is null ? null : $"the gradient of {tensor}");
    }

    private static bool IsSpoiled(torch.optim.Optimizer optimizer, Parameter value)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((optimizer as FusedAdamW)?[value].Gradient ?? value.grad) is { } gradient
            && !gradient.isfinite().all().item<bool>();
    }
}

/// <summary>What an update is made of.</summary>
/// <param name="Step">The update's number, for messages.</param>
/// <param name="Rollouts">All rollouts of the step.</param>
/// <param name="Parts">Indices of the rollouts of each micro-batch.</param>
/// <param name="Trainable">What may move.</param>
/// <param name="MaxGradNorm">Bound of the gradient; 0 has none.</param>
/// <param name="Loss">A part's share of the loss, with a gradient where it has one; one part at least does.</param>
/// <param name="Cancel">Looked at before each part.</param>
internal sealed record UpdateJob(
    long Step, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<int[]> Parts,
    IReadOnlyList<(string Name, Parameter Value)> Trainable,
    double MaxGradNorm, Func<int[], (torch.Tensor Loss, StepStats Stats)> Loss, CancellationToken Cancel = default)
{
    /// <summary>Called once all gradients are there and finite, before the weights move.</summary>
    public Action? BeforeStep { get; init; }

    /// <summary>What may move, without names.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [.. Trainable.Select(item => item.Value)];

    /// <summary>Ids of the prompts of a part, each once.</summary>
    public string[] PromptIds(int[] part) => [.. part.Select(i => Rollouts[i].Prompt.Id).Distinct()];
}
