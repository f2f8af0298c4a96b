namespace Vlm.Grpo;

/// <summary>Completions that the policy did not sample from the prompt that it learns them under: their log-probs are computed.</summary>
public static class OffPolicy
{
    /// <summary>The same with the log-probs of the policy as it is now, under the prompts that they now have.</summary>
    /// <param name="policy">Before the update.</param>
    /// <param name="rollouts">With the prompts to score them under.</param>
    /// <param name="options">Temperature, and the micro-batch.</param>
    public static Rollout[] WithLogProbs(IPolicy policy, IReadOnlyList<Rollout> rollouts, GrpoOptions options) =>
        [.. rollouts.Zip(ReferencePolicy.Of(policy, rollouts, options), (rollout, row) => rollout with { LogProbs = row })];

    /// <summary>Refuses sampling that gives some tokens no probability: a ratio to 0 is no number.</summary>
    /// <param name="sampling">How completions are sampled.</param>
    /// <param name="what">What may have such tokens.</param>
    /// <exception cref="UsageException">A filter is on.</exception>
    public static void Require(Sampling sampling, string what)
    {
        if (sampling != sampling.Unfiltered() || sampling.NoRepeatNgram > 0 || sampling.MinNewTokens > 0)
            throw new UsageException($"{what} may have tokens that sampling leaves out, and these have no probability",
                $"--top-k {sampling.TopK} --top-p {OptionText.Show(sampling.TopP)} --min-p {OptionText.Show(sampling.MinP)} "
                + $"--no-repeat-ngram {sampling.NoRepeatNgram} --min-new-tokens {sampling.MinNewTokens}",
                "--top-k 0 --top-p 1 --min-p 0 --no-repeat-ngram 0 --min-new-tokens 0");
    }
}
