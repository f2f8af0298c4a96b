using System.Text.Json;

namespace Vlm.Grpo;

/// <summary>What PPO normalises rewards and returns by: statistics over the whole run, which a checkpoint keeps. For one thread.</summary>
/// <remarks>
/// Rewards: running mean and deviation, a specification of this project. Values: Yu et al. 2021 (MAPPO), arXiv:2103.01955, section
/// 5.1. Categorical critic: the largest return of each kind of question, as in Nauman et al. 2025, arXiv:2505.23150, by task.
/// </remarks>
public sealed class RunningScales
{
    private const string FileName = "scales.json";

    // Returns of questions that nothing was ever earned in are what a critic mispredicts: no scale.
    private const double Noise = 1e-6;
    private Dictionary<string, double> _largest = [];

    /// <summary>Of the scores of rollouts.</summary>
    public RunningMoments Rewards { get; private set; }

    /// <summary>Of the returns of actions.</summary>
    public RunningMoments Returns { get; private set; }

    /// <summary>The largest size of a return of each kind of question.</summary>
    public IReadOnlyDictionary<string, double> Largest => _largest;

    /// <summary>Writes them into <c>scales.json</c> of a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => File.WriteAllText(
        Path.Combine(folder, FileName), JsonSerializer.Serialize(new Kept(Rewards, Returns, _largest)) + "\n");

    /// <summary>Takes them from a checkpoint's folder; a folder of a run that had none leaves them as they are.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <exception cref="UsageException">The file is damaged.</exception>
    public void Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return;
        try
        {
            Kept kept = JsonSerializer.Deserialize<Kept>(File.ReadAllText(path)) ?? throw new JsonException("it is empty");
            (Rewards, Returns, _largest) = (kept.Rewards, kept.Returns, kept.Largest ?? throw new JsonException("it has no returns"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"cannot resume from this checkpoint: {error.Message}", path,
                "resume from an earlier checkpoint of the run");
        }
    }

    internal void AddRewards(IEnumerable<double> rewards) => Rewards = Rewards.Add(rewards);

    internal void AddReturns(IEnumerable<double> returns) => Returns = Returns.Add(returns);

    internal void AddReturns(string kind, IEnumerable<double> returns) =>
        _largest[kind] = returns.Select(Math.Abs).Append(_largest.GetValueOrDefault(kind)).Max();

    /// <summary>What a return of a kind is divided by so that the largest one lies at the end of the range; 1 before the first.</summary>
    internal double Divisor(string kind, double range) => _largest.GetValueOrDefault(kind) is > Noise and var largest ? largest / range : 1;

    private sealed record Kept(RunningMoments Rewards, RunningMoments Returns, Dictionary<string, double> Largest);
}
