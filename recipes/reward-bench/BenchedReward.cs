using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned;

/// <summary>Loads rewards by what was typed.</summary>
static class BenchedReward
{
    /// <summary>A learned reward, or a verifiable one by its name.</summary>
    /// <exception cref="UsageException">There is none of that name, its folder cannot be read, or it was typed with a weight.</exception>
    public static ILearnedReward Load(Run run, string word, RewardBenchOptions options)
    {
        if (!LearnedSpec.Is(word))
            return new VerifiableReward(Reward.Table.Find(word, $"--reward {word}"));
        LearnedSpec spec = LearnedSpec.Parse(word);
        if (spec.Weight != 1)
            throw new UsageException(
                "a weight says nothing of how a reward orders answers", $"--reward {word}", $"--reward {spec.Kind}:{spec.Target}");
        var use = new RewardOptions { Judge = options.Judge, Encoder = options.Encoder };
        return LearnedRewardLoader.Load(spec, word, use, new(run.Device, run.Logger, options.Seen, Folder: run.Folder));
    }
}

/// <summary>A reward that compares with the truth, among rewards that need none.</summary>
/// <param name="reward">What compares.</param>
sealed class VerifiableReward(Reward reward) : ILearnedReward
{
    /// <inheritdoc/>
    public string Name => reward.Name;

    /// <inheritdoc/>
    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<LearnedScore>>([.. completions.Select(Score)]);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private LearnedScore Score(Completion completion)
    {
        Example example = completion.Example;
        if (!example.Truth.IsKnown)
            return LearnedScore.NotScored("nobody knows what is right");
        if (reward.Problem(example.Truth) is { } problem)
            return LearnedScore.NotScored(problem);
        Score score = reward.Compute(example.Read(completion.Text), example.Truth);
        return LearnedScore.Of(score.Value, score.Reason);
    }
}
