using static TorchSharp.torch;

namespace Vlm.Grpo;

/// <summary>An update of a policy over tokens towards what another policy's choices are as choices of tokens.</summary>
/// <remarks>
/// The divergence of Hinton et al. 2015, https://arxiv.org/abs/1503.02531, section 2, at temperature 1, on what the teacher
/// answers: dense, exact, and without a reward. A policy over codes becomes one over tokens, which costs nothing more to run.
/// </remarks>
public static class EffectDistillation
{
    /// <summary>The mean over places of KL(q || p), q the teacher's distribution over tokens, p the student's.</summary>
    /// <param name="teacher">q at M places.</param>
    /// <param name="student">p at the same places, in the same order; with a gradient where gradients are on.</param>
    /// <returns>A scalar in nats, 0 or more.</returns>
    /// <exception cref="ArgumentException">They are of other places.</exception>
    public static Tensor Loss(TokenEffects teacher, ActionDistributions student) => Places(teacher, student).mean();

    /// <summary>Moves the student's weights once, to lower the mean divergence over all tokens of the rollouts.</summary>
    /// <param name="student">A policy over tokens; only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="teacher">The distributions over tokens at each place of some rollouts: the teacher's effects.</param>
    /// <param name="rollouts">What the teacher answered.</param>
    /// <param name="options">Rate, schedule, micro-batch, bound of the gradient.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Apply(
        IPolicy student, optim.Optimizer optimizer, Func<IReadOnlyList<Rollout>, TokenEffects> teacher, IReadOnlyList<Rollout> rollouts,
        UpdateOptions options, long step)
    {
        double tokens = rollouts.Sum(rollout => rollout.Tokens.Length);
        Rollout[] targets = [.. rollouts.Select(rollout => rollout with { Actions = rollout.Tokens })];
        return LossUpdate.Apply(
            student.Trainable, optimizer, rollouts, MicroBatches.Plan(rollouts, options.MicroBatchSize), options, step, part =>
            {
                TokenEffects effects = teacher([.. part.Select(i => rollouts[i])]);
                ActionDistributions own = student.LogProbs([.. part.Select(i => targets[i])], new Sampling()).All!;
                Tensor sum = Places(effects, own).sum();
                return (sum / tokens, StepStats.Of(
                    (Metric.Loss, sum.item<float>(), part.Sum(i => rollouts[i].Tokens.Length))));
            });
    }

    // [M]
    private static Tensor Places(TokenEffects teacher, ActionDistributions student)
    {
        if (teacher.Places.shape[0] != student.Places.shape[0])
            throw new ArgumentException(
                $"the teacher chose at {teacher.Places.shape[0]} places, the student at {student.Places.shape[0]}", nameof(student));

        Tensor q = teacher.Probabilities;                                                     // [M, T]
        Tensor p = student.LogProbs.gather(-1, teacher.Tokens.clamp_min(0));
        return (q * (q.clamp_min(1e-30).log() - p)).sum(-1);
    }
}
