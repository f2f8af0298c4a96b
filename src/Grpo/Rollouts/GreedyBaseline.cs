using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Asks each prompt of a batch once more, greedily, for estimators that compare with that answer.</summary>
public static class GreedyBaseline
{
    /// <summary>The batch with what the greedy answers earned; the same batch where the estimator does not look at it.</summary>
    /// <param name="policy">The policy that sampled the batch.</param>
    /// <param name="batch">Scored and shaped.</param>
    /// <param name="options">Estimator, sampling, what completions pay for their length.</param>
    /// <param name="key">Names no random number here: nothing is drawn.</param>
    /// <param name="score">What rollouts earn; called once.</param>
    /// <param name="cancel">Looked at before each token.</param>
    public static Batch Ask(
        ISampler policy, Batch batch, GrpoOptions options, SampleKey key, Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>> score,
        CancellationToken cancel = default)
    {
        if (!AdvantageEstimator.Table[options.Advantage.Estimator].NeedsGreedy)
            return batch;
        Prompt[] prompts = [.. batch.Groups.Select(group => batch[group[0]].Rollout.Prompt)];
        Rollout[] greedy = policy.Sample(prompts, 1, options.Sampling with { Greedy = true }, key, cancel);
        return batch.WithBaselines([.. greedy.Zip(score(greedy), (rollout, one) => RewardShaping.Of(rollout, one, options).Value)]);
    }
}
