using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The warm start: an update towards given completions, through the same policy as reinforcement.</summary>
public static class SupervisedUpdate
{
    /// <summary>A given completion in the form of a rollout, so that one path computes log-probs of both.</summary>
    /// <param name="prompt">What is asked. The same object for several targets shares its prefill.</param>
    /// <param name="tokens">The answer's tokens, end-of-sequence included.</param>
    public static Rollout Target(Prompt prompt, int[] tokens) => new(
        prompt, Member: 0, tokens, tokens, new float[tokens.Length], "", StopReason.EndOfSequence);

    /// <summary>
    /// Several questions about the same images as targets of one prompt: what their prompts begin with is read once, and
    /// each question becomes the given part of its completion.
    /// </summary>
    /// <param name="prompts">Prompts that begin alike, at least up to their last image.</param>
    /// <param name="answers">The answers' tokens, end-of-sequence included, one per prompt.</param>
    /// <returns>The targets, and how many of each target's first tokens are question.</returns>
    public static (Rollout[] Targets, int[] Given) SharedPrefixTargets(IReadOnlyList<Prompt> prompts, IReadOnlyList<int[]> answers)
    {
        int alike = prompts.Min(prompt => Math.Min(prompt.Tokens.Length - 1, Common(prompt.Tokens, prompts[0].Tokens)));
        Prompt start = prompts[0] with { Tokens = prompts[0].Tokens[..alike] };
        int[] given = [.. prompts.Select(prompt => prompt.Tokens.Length - alike)];
        return ([.. prompts.Zip(answers, (prompt, answer) => Target(start, [.. prompt.Tokens[alike..], .. answer]))], given);

        static int Common(int[] a, int[] b) => a.AsSpan().CommonPrefixLength(b);
    }

    /// <summary>
    /// Moves the weights once, to lower the cross-entropy of the targets, a mean over all their tokens.
    /// </summary>
    /// <param name="policy">Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="targets">One step's targets, from <see cref="Target"/>.</param>
    /// <param name="options">Rate, schedule, micro-batch, bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="lengthNormExponent">
    /// A token of an answer of n tokens weighs n^-power: at 0 all tokens weigh the same, and long answers drown short ones;
    /// at 1 all answers do.
    /// </param>
    /// <param name="given">First tokens of each target that are not to be learned; null for none.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Apply(
        IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> targets, UpdateOptions options,
        long step, double lengthNormExponent = 0, IReadOnlyList<int>? given = null)
    {
        OptionsCheck.Validate(options);
        double[] weights = Weights(targets, lengthNormExponent, given);
        return LossUpdate.Apply(
            policy.Trainable, optimizer, targets, MicroBatches.Plan(targets, options.MicroBatchSize), options, step,
            part => CrossEntropy.Compute(
                policy.LogProbs([.. part.Select(i => targets[i])], new Sampling()), [.. part.Select(i => weights[i])],
                given is null ? null : [.. part.Select(i => given[i])]));
    }

    // What each token of each target counts; the sum over all tokens is 1.
    private static double[] Weights(IReadOnlyList<Rollout> targets, double lengthNormExponent, IReadOnlyList<int>? given)
    {
        double[] tokens = [.. targets.Select((target, i) => target.Actions.Length - (double)(given?[i] ?? 0))];
        double sum = tokens.Where(n => n > 0).Sum(n => Math.Pow(n, 1 - lengthNormExponent));
        return sum > 0
            ? [.. tokens.Select(n => n > 0 ? Math.Pow(n, -lengthNormExponent) / sum : 0)]
            : throw new ArgumentException("no target of the step has a token", nameof(targets));
    }
}
