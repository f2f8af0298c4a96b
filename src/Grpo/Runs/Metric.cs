namespace Vlm.Grpo;

/// <summary>
/// The names that metrics are logged under. <c>Metrics.md</c> beside this file gives the unit and formula of each. A
/// name may be followed by "/" and a part, such as <c>accuracy/count</c>: the same metric over that part.
/// </summary>
public static class Metric
{
    /// <summary>A metric of held-out data: <c>eval/reward</c>, <c>eval/vqa_accuracy</c>.</summary>
    public const string Eval = "eval";

    /// <summary>Mean reward of the step's rollouts.</summary>
    public const string Reward = "reward";

    /// <summary>What the truth says of an answer, measured beside learned rewards and never paid.</summary>
    public const string Gold = "gold";

    /// <summary>Share of the step's rollouts that could not be scored, from which nothing is learned; absent where it is 0.</summary>
    public const string FracUnscored = "frac_unscored";

    /// <summary>Share of the step's rollouts that the update did not see:
    /// groups without spread, cut completions; absent where it is 0.</summary>
    public const string FracLeftOut = "frac_left_out";

    /// <summary>Dynamic sampling, in steps that sampled more prompts; the part says what.</summary>
    public const string Refill = "refill";

    /// <summary>Running means and deviations that rewards and returns are normalised by; the part says which.</summary>
    public const string Scale = "scale";

    /// <summary>Standard deviation of the reward within a group, mean over groups.</summary>
    public const string RewardStd = "reward_std";

    /// <summary>Share of groups whose rewards are all equal, which teach nothing.</summary>
    public const string FracRewardZeroStd = "frac_reward_zero_std";

    /// <summary>Mean of the score of the chosen answer less that of the rejected one.</summary>
    public const string RewardMargin = "reward_margin";

    /// <summary>Share of answers that are right.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Share of visual questions answered right.</summary>
    public const string VqaAccuracy = "vqa_accuracy";

    /// <summary>Share of boxes with an intersection over union of at least one half.</summary>
    public const string GroundingAcc50 = "grounding_acc50";

    /// <summary>Mean intersection over union of boxes, unreadable answers counted as 0.</summary>
    public const string MeanIou = "mean_iou";

    /// <summary>Share of completions in the form that was asked for.</summary>
    public const string Format = "format";

    /// <summary>The loss that was minimised.</summary>
    public const string Loss = "loss";

    /// <summary>The clipped policy term of the loss.</summary>
    public const string PolicyLoss = "policy_loss";

    /// <summary>Divergence from the reference policy.</summary>
    public const string Kl = "kl";

    /// <summary>Entropy of the distributions that actions were sampled from.</summary>
    public const string Entropy = "entropy";

    /// <summary>Share of actions whose ratio was held by the clip.</summary>
    public const string ClipFraction = "clip_fraction";

    /// <summary>Share of actions with a negative advantage whose ratio was held from below.</summary>
    public const string ClipFractionLow = "clip_fraction_low";

    /// <summary>Share of actions with a positive advantage whose ratio was held from above.</summary>
    public const string ClipFractionHigh = "clip_fraction_high";

    /// <summary>Mean probability ratio of new policy to old.</summary>
    public const string RatioMean = "ratio_mean";

    /// <summary>Largest difference between the sampler's log-prob and the recomputed one.</summary>
    public const string MaxLogProbDiff = "max_logprob_diff";

    /// <summary>How far the engine that sampled is from the policy, and what its rollouts are worth; the part says what.</summary>
    public const string Importance = "importance";

    /// <summary>Norm of the gradient before clipping.</summary>
    public const string GradNorm = "grad_norm";

    /// <summary>Learning rate of the step.</summary>
    public const string LearningRate = "learning_rate";

    /// <summary>Squared error of the predicted returns.</summary>
    public const string ValueLoss = "value_loss";

    /// <summary>Share of predicted returns that were held by the clip.</summary>
    public const string ValueClipFraction = "value_clip_fraction";

    /// <summary>Share of the returns' variance that the critic foretold.</summary>
    public const string ExplainedVariance = "explained_variance";

    /// <summary>Mean predicted return.</summary>
    public const string ValueMean = "value_mean";

    /// <summary>Mean return.</summary>
    public const string ReturnMean = "return_mean";

    /// <summary>Divergence from the policy that sampled.</summary>
    public const string ApproxKl = "approx_kl";

    /// <summary>Updates made from the step's rollouts.</summary>
    public const string Updates = "updates";

    /// <summary>Mean actions in a completion.</summary>
    public const string CompletionLength = "completion_length";

    /// <summary>Share of completions cut at the limit of new tokens.</summary>
    public const string Truncated = "truncated";

    /// <summary>Rollout tokens per second.</summary>
    public const string RolloutTokensPerSecond = "rollout_tok_s";

    /// <summary>Seconds of the whole step.</summary>
    public const string StepSeconds = "step_s";

    /// <summary>Seconds spent sampling.</summary>
    public const string RolloutSeconds = "rollout_s";

    /// <summary>Seconds spent scoring.</summary>
    public const string RewardSeconds = "reward_s";

    /// <summary>Seconds spent on recomputed log-probs, gradients and the optimizer.</summary>
    public const string UpdateSeconds = "update_s";

    /// <summary>Seconds of all processor cores in a step.</summary>
    public const string CpuSeconds = "cpu_s";

    /// <summary>Largest resident memory of the process so far, MiB.</summary>
    public const string PeakMemory = "peak_rss_mb";

    /// <summary>Losses and diagnostics of the stages that latent actions are learned in; the part says which.</summary>
    public const string Latent = "latent";

    /// <summary>What a curriculum chose and knows; the part says what.</summary>
    public const string Curriculum = "curriculum";

    /// <summary>Mean weight of the step's prompts, where they are weighed.</summary>
    public const string PromptWeight = "prompt_weight";

    /// <summary>Weights of rewards, where they move; the part names the reward.</summary>
    public const string RewardWeight = "reward_weight";

    /// <summary>Reference answers that were learned from as rollouts; the part says what.</summary>
    public const string Label = "label";

    /// <summary>How active the units that a critic reads are; the part says what.</summary>
    public const string Plasticity = "plasticity";

    /// <summary>The alignment of images and text, before its weight; the part says what else of it.</summary>
    public const string Alignment = "alignment";

    /// <summary>The reward period of a step that has one: items made of the policy's own rollouts; the part says what.</summary>
    public const string Judge = "judge";

    /// <summary>What a model that teaches itself can still find, and how it chose; the part says what.</summary>
    public const string Improvement = "improvement";

    /// <summary>A small model that infers from pictures what was done between them; the part says what.</summary>
    public const string InverseDynamics = "inverse_dynamics";

    /// <summary>Every name above.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. typeof(Metric).GetFields().Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    /// <summary>True where the name, up to its first "/", is one of <see cref="All"/>.</summary>
    public static bool IsDefined(string name) => All.Contains(name.Split('/')[0]);
}
