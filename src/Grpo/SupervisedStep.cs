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
    /// Moves the weights once, to lower the cross-entropy of the targets, a mean over all their tokens.
    /// </summary>
    /// <param name="policy">Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="targets">One step's targets, from <see cref="Target"/>.</param>
    /// <param name="options">Rate, schedule, micro-batch, bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="lengthPower">
    /// A token of an answer of n tokens weighs n^-power: at 0 all tokens weigh the same, and long answers drown short ones;
    /// at 1 all answers do.
    /// </param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Update(
        IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> targets, UpdateOptions options,
        long step, double lengthPower = 0)
    {
        double[] weights = Weights(targets, lengthPower);

        var job = new UpdateJob(
            step, targets, MicroBatches.Plan(targets, options.MicroBatch),
            [.. policy.Trainable.Select(parameter => parameter.Value)], options.MaxGradNorm,
            part => CrossEntropy.Compute(
                policy.LogProbs([.. part.Select(i => targets[i])], new Sampling()), [.. part.Select(i => weights[i])]));

        double rate = OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        UpdateStats update = OptimizerStep.Run(job, optimizer);
        return new(update.Loss, update.Loss, update.GradNorm, rate, LogProbDifference: 0, update.Actions);
    }

    // What each token of each target counts; the sum over all tokens is 1.
    private static double[] Weights(IReadOnlyList<Rollout> targets, double lengthPower)
    {
        double[] tokens = [.. targets.Select(target => (double)target.Actions.Length)];
        double sum = tokens.Where(n => n > 0).Sum(n => Math.Pow(n, 1 - lengthPower));
        return sum > 0
            ? [.. tokens.Select(n => n > 0 ? Math.Pow(n, -lengthPower) / sum : 0)]
            : throw new ArgumentException("no target of the step has a token", nameof(targets));
    }
}
