using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

namespace Recipes.Cli;

/// <summary>Where learned rewards are loaded, and what they may use.</summary>
/// <param name="Device">Where they compute.</param>
/// <param name="Logger">Told what the user should know; null tells nobody.</param>
/// <param name="Seen">How images are seen.</param>
/// <param name="Policy">The model that learns: it lends weights that are a reward model's too, and may judge itself; null for none.</param>
/// <param name="Folder">Where replies of judges are kept; null keeps none unless the options say where.</param>
public sealed record LearnedRewardPlace(
    torch.Device Device, ILogger? Logger, SeenOptions Seen, VisionLanguageModel? Policy = null, string? Folder = null);

/// <summary>Loads learned rewards as they are typed.</summary>
public static class LearnedRewardLoader
{
    /// <summary>The learned rewards of a run.</summary>
    /// <param name="rewards">What is paid.</param>
    /// <param name="place">Where they are loaded.</param>
    /// <exception cref="UsageException">A folder cannot be read, or an address does not answer.</exception>
    public static LearnedRewards Load(RunRewards rewards, LearnedRewardPlace place)
    {
        var parts = new List<WeightedLearnedReward>();
        try
        {
            foreach (LearnedSpec spec in rewards.Learned)
                parts.Add(new(Load(spec, NameOf(spec, parts), rewards.Options, place), spec.Weight));
            return new(parts);
        }
        catch
        {
            foreach (WeightedLearnedReward part in parts)
                part.Reward.Dispose();
            throw;
        }
    }

    /// <summary>One learned reward.</summary>
    /// <param name="spec">As it is typed.</param>
    /// <param name="name">What it is logged under.</param>
    /// <param name="options">How encoders and judges are used.</param>
    /// <param name="place">Where it is loaded.</param>
    /// <exception cref="UsageException">Its folder cannot be read, or its address does not answer.</exception>
    public static ILearnedReward Load(LearnedSpec spec, string name, RewardOptions options, LearnedRewardPlace place) => spec.Kind switch
    {
        LearnedSpec.RewardModel => RewardModel(Machine(spec), name, place),
        LearnedSpec.Judge => Judge(spec, name, options.Judge, place),
        _ => options.Encoder.Read(Machine(spec), name, place.Logger),
    };

    // rm, rm2, rm3: each reward of a run is logged under a name of its own.
    private static string NameOf(LearnedSpec spec, List<WeightedLearnedReward> before) =>
        Enumerable.Range(1, before.Count + 1).Select(number => number == 1 ? spec.Kind : FormattableString.Invariant($"{spec.Kind}{number}"))
            .First(name => before.All(part => part.Reward.Name != name));

    private static IJudge Judge(LearnedSpec spec, string name, JudgeOptions options, LearnedRewardPlace place)
    {
        Func<string, int>? tokens = place.Policy is { } policy ? text => policy.Processor.Completion(text).Length : null;
        return spec.Target == LearnedSpec.Self
            ? options.OfPolicy(place.Policy ?? throw new UsageException("there is no policy that could judge itself", $"--reward judge:{spec.Target}", "judge:FOLDER"),
                place.Seen.Decode, name, place.Logger, tokens)
            : options.Make(JudgeEndpoint.IsAddress(spec.Target) ? spec.Target : Machine(spec), name, place.Folder, place.Device.ToString(), place.Logger, tokens);
    }

    private static string Machine(LearnedSpec spec) => Vlm.Grpo.Machine.InProject(spec.Target);

    private static RewardModelReward RewardModel(string path, string name, LearnedRewardPlace place)
    {
        var folder = RewardModelFolder.Load(path, new LoadOptions { Device = place.Device.ToString() }, place.Logger, place.Policy?.Checkpoint?.Model);
        return new(name, folder, example => folder.Processor.Prompt(example, place.Seen.Decode, place.Seen.BoxFrame));
    }
}
