using TorchSharp;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>The divergence from the reference as a part of the reward, before rewards are compared.</summary>
/// <remarks>
/// <code>r' = r - beta * sum_t kl(log p[t], log reference[t])        p the policy that sampled</code>
/// verl's use_kl_in_reward with group advantages, ms-swift's kl_in_reward. In a reward k1 is unbiased and its mean has the gradient
/// of the divergence; in <see cref="PpoOptions.KlCoef"/> the same is charged per action.
/// </remarks>
public static class KlReward
{
    /// <summary>What each completion pays for, in nats: the sum of its actions' estimates.</summary>
    /// <param name="batch">With the reference's log-probs.</param>
    /// <param name="estimator">A name of <see cref="KlEstimator.Table"/>.</param>
    /// <param name="bound">What an action's estimate is held at; 0 for nothing.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static double[] Of(Batch batch, string estimator, double bound = 0)
    {
        if (!batch.HasReference)
            throw new ArgumentException("a divergence in the reward needs the reference's log-probs", nameof(batch));
        KlEstimator row = KlEstimator.Table[estimator];
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. batch.Select(sample => sample.Rollout.Actions.Length == 0 ? 0 : row.Bounded(
            Row(sample.Old), Row(sample.ReferenceLogProbs!), bound).sum().item<double>())];

        static torch.Tensor Row(float[] values) => torch.tensor([.. values.Select(value => (double)value)]);
    }

    /// <summary>
    /// The batch with advantages: of rewards that paid for their divergence where <see cref="RegularizerOptions.KlInReward"/> is set, else
    /// of the rewards alone. The scores stay as they were.
    /// </summary>
    /// <param name="batch">With the reference's log-probs where they pay.</param>
    /// <param name="options">Beta, estimator, how rewards are compared.</param>
    public static Batch Estimate(Batch batch, GrpoOptions options)
    {
        if (!options.Regularizer.KlInReward)
            return GroupAdvantage.Estimate(batch, options.Advantage);
        double[] gone = Of(batch, options.KlEstimator, options.Regularizer.KlBound);
        var charged = new Batch(batch.Select((sample, i) => sample with { Score = Charged(sample.Score, gone[i], options) }));
        Batch compared = GroupAdvantage.Estimate(charged, options.Advantage);
        return new(batch.Zip(compared, (sample, one) => sample with { Advantage = one.Advantage, IsLeftOut = one.IsLeftOut }));
    }

    // What counts is charged, where some of the rewards could not score it too: as in TRL and ms-swift.
    private static TotalScore Charged(TotalScore score, double nats, GrpoOptions options) =>
        double.IsNaN(PaidRewards.Of(score, options.UnscoredRewards)) ? score
            : score.Plus(new ScorePart("kl_penalty", -options.Beta, new Score(nats, "divergence from the reference")));
}
