using Grpo.Losses;
using TorchSharp;
using Vlm;

namespace Grpo;

/// <summary>The warm start: an update towards given completions, through the same policy as reinforcement.</summary>
public static class SupervisedStep
{
    /// <summary>A given completion in the form of a rollout, so that one path computes log-probs of both.</summary>
    /// <param name="prompt">What is asked. The same object for several targets shares its prefill.</param>
    /// <param name="tokens">The answer's tokens, end-of-sequence included.</param>
    public static Rollout Target(Prompt prompt, int[] tokens) => new(
        prompt, PromptIndex: 0, Member: 0, tokens, tokens, new float[tokens.Length], "", StopReason.EndOfSequence);

    /// <summary>
    /// Moves the weights once, to lower the cross-entropy of the targets, mean over all their tokens.
    /// </summary>
    /// <param name="policy">Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="targets">One step's targets, from <see cref="Target"/>.</param>
    /// <param name="options">Rate, schedule, micro-batch, bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Update(
        IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> targets, UpdateOptions options,
        long step)
    {
        double tokens = targets.Sum(target => (double)target.Actions.Length);
        if (tokens == 0)
            throw new ArgumentException("no target of the step has a token", nameof(targets));

        var job = new UpdateJob(
            step, targets, MicroBatches.Plan(targets, options.MicroBatch),
            [.. policy.Trainable.Select(parameter => parameter.Value)], options.MaxGradNorm,
            part => CrossEntropy.Compute(policy.LogProbs([.. part.Select(i => targets[i])], new Sampling()), tokens));

        double rate = OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        UpdateStats update = OptimizerStep.Run(job, optimizer);
        return new(update.Loss, update.Loss, update.GradNorm, rate, LogProbDifference: 0, update.Actions);
    }
}
