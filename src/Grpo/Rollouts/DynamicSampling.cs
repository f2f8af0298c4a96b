using System.Globalization;

namespace Vlm.Grpo;

/// <summary>A step that goes on sampling until enough groups have a signal (rewards that differ), or a bound is reached. Immutable.</summary>
/// <remarks>
/// DAPO's dynamic sampling, Yu et al. 2025, arXiv:2503.14476, section 3.2; verl's filter_groups with max_num_gen_batches. Prompts of
/// later rounds come from pages of the data behind those that the run's steps take, so what a step meets follows from its number, and
/// nothing has to be saved. Groups beyond those that are wanted are dropped.
/// </remarks>
public sealed class DynamicSampling
{
    private readonly GrpoOptions _options;
    private readonly double _rewards;
    private readonly int _scored, _found;

    private DynamicSampling(Batch batch, GrpoOptions options, int round, int groups, (double Rewards, int Scored) seen)
    {
        (Batch, _options, Round, Groups, _rewards, _scored) = (batch, options, round, groups, seen.Rewards, seen.Scored);
        _found = WithSignal(batch).Length;
    }

    /// <summary>The first round of a step.</summary>
    /// <param name="batch">Scored and shaped; advantages are not looked at.</param>
    /// <param name="options">How many groups are wanted, which ones have a signal, and how many rounds there may be.</param>
    public static DynamicSampling Begin(Batch batch, GrpoOptions options) => new(batch, options, 0, batch.Groups.Count, Sums(batch));

    /// <summary>What was sampled: groups with a signal alone, once another round was.</summary>
    public Batch Batch { get; }

    /// <summary>Rounds after the first.</summary>
    public int Round { get; }

    /// <summary>Groups sampled in all rounds.</summary>
    public int Groups { get; }

    /// <summary>True where too few groups have a signal, and there is a round left.</summary>
    public bool IsShort => _options.ZeroVariance == ZeroVariance.Refill
        && _found < _options.PromptsPerStep && Round < _options.RefillRounds;

    /// <summary>The page of the data that the next round takes its prompts from:
    /// as if it were the prompts of a step of that number.</summary>
    /// <param name="step">From 1.</param>
    public long NextPage(long step) => _options.Steps + ((step - 1) * _options.RefillRounds) + Round + 1;

    /// <summary>The number of the next round's first prompt, so that it draws other random numbers.</summary>
    public int NextPrompt => (Round + 1) * _options.PromptsPerStep;

    /// <summary>With another round.</summary>
    /// <param name="more">Scored and shaped.</param>
    public DynamicSampling With(Batch more)
    {
        Sample[] kept = [.. WithSignal(Batch).Concat(WithSignal(more)).Take(_options.PromptsPerStep).SelectMany(group => group)];
        (double Rewards, int Scored) sums = Sums(more);
        return new(kept.Length == 0 ? Batch : new Batch(kept), _options, Round + 1, Groups + more.Groups.Count,
            (_rewards + sums.Rewards, _scored + sums.Scored));
    }

    /// <summary>What the rounds were; nothing where one was enough.</summary>
    public StepStats Stats => Round == 0 ? StepStats.Empty : StepStats.Of(
        ($"{Metric.Refill}/rounds", Round, 1), ($"{Metric.Refill}/groups", Groups, 1), ($"{Metric.Refill}/reward", _rewards, _scored));

    /// <summary>Says so where no group of any round has a signal; the update then moves nothing.</summary>
    /// <param name="step">From 1: in the first step of a run nothing is lost yet, and it ends.</param>
    /// <returns>A line for the user; null where a group was found or nothing was sampled again.</returns>
    /// <exception cref="OptionException">No group has a signal in step 1.</exception>
    public string? Missed(long step)
    {
        if (_options.ZeroVariance != ZeroVariance.Refill || _found > 0)
            return null;
        string line = string.Create(CultureInfo.InvariantCulture,
            $"no group of {Groups} in step {step} has rewards that differ, after {Round + 1} rounds");
        return step > 1 ? line : throw new OptionException(
            $"{line}: a larger GroupSize or a graded reward would find some", nameof(GrpoOptions.ZeroVariance), ZeroVariance.Refill,
            $"{nameof(GrpoOptions.GroupSize)} = {2 * _options.GroupSize}");
    }

    private Sample[][] WithSignal(Batch batch)
    {
        double[][] rewards = PaidRewards.Of(batch, _options.UnscoredRewards);
        return [.. batch.Groups.Zip(rewards).Where(group => LeaveOut.HasSignal(group.Second, _options.Advantage))
            .Select(group => group.First.Select(i => batch[i]).ToArray())];
    }

    private static (double, int) Sums(Batch batch)
    {
        double[] scored = [.. batch.Select(sample => sample.Score.Value).Where(value => !double.IsNaN(value))];
        return (scored.Sum(), scored.Length);
    }
}
