using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned;

namespace Recipes.Cli;

/// <summary>What a run pays for rollouts: what rules give, and what learned rewards give beside it.</summary>
public sealed class RunScorer : IDisposable
{
    private const int Reasons = 3;
    private readonly Run _run;
    private readonly LearnedRewards _learned;

    private RunScorer(Run run, LearnedRewards learned) => (_run, _learned) = (run, learned);

    /// <summary>Loads the learned rewards of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="rewards">What is paid.</param>
    /// <param name="policy">The model that learns: it lends weights that are the reward model's too, and may judge itself; null for none.</param>
    /// <param name="seen">How images are seen.</param>
    /// <exception cref="UsageException">A folder cannot be read, or an address does not answer.</exception>
    public static RunScorer Open(Run run, RunRewards rewards, VisionLanguageModel? policy, SeenOptions seen) =>
        new(run, LearnedRewardLoader.Load(rewards, new(run.Device, run.Logger, seen, policy, run.Folder)));

    /// <summary>What held-out answers earn; null where it is what their examples say.</summary>
    public Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? HeldOut => _learned.Parts.Count == 0 ? null : Score;

    /// <summary>Rollouts with what they earn; says how many could not be scored, and why.</summary>
    /// <param name="rollouts">Of one step.</param>
    /// <exception cref="UsageException">Nothing can be scored.</exception>
    public Batch Scored(IReadOnlyList<Rollout> rollouts) => Batch.Of(rollouts, Score(rollouts));

    /// <inheritdoc cref="Scored"/>
    public IReadOnlyList<TotalScore> Score(IReadOnlyList<Rollout> rollouts)
    {
        TotalScore[] verified = Verified(rollouts);
        if (_learned.Parts.Count == 0)
            return verified;
        IReadOnlyList<TotalScore> scores = _learned.ScoreAsync([.. rollouts.Select(Completion.Of)], verified, _run.Token).GetAwaiter().GetResult();
        Tell(scores);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _learned.Dispose();

    // An example without a truth is scored by what is learned alone.
    private static TotalScore[] Verified(IReadOnlyList<Rollout> rollouts)
    {
        var scores = new TotalScore[rollouts.Count];
        Array.Fill(scores, TotalScore.None);
        int[] known = [.. Enumerable.Range(0, rollouts.Count).Where(i => rollouts[i].Prompt.Example.Truth.IsKnown)];
        foreach ((int i, TotalScore score) in known.Zip(Example.Score(
            [.. known.Select(i => rollouts[i].Prompt.Example)], [.. known.Select(i => rollouts[i].Sampled)])))
            scores[i] = score;
        return scores;
    }

    private void Tell(IReadOnlyList<TotalScore> scores)
    {
        string[] missing = [.. scores.SelectMany(score => score.Parts).Where(part => !part.IsScored).Select(part => $"{part.Name}: {part.Score.Reason}")];
        if (missing.Length == 0)
            return;
        _run.Say($"{scores.Count(score => double.IsNaN(score.Value))} of {scores.Count} rollouts could not be scored, and teach nothing");
        foreach (IGrouping<string, string> reason in missing.GroupBy(reason => reason).OrderByDescending(same => same.Count()).Take(Reasons))
            _run.Say($"  {reason.Count()} times {reason.Key}");
    }
}
