using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

namespace Recipes.Cli;

/// <summary>Loads learned rewards as they are typed, for runs that pay them and for those that measure them.</summary>
public static class LearnedRewardLoader
{
    /// <summary>Loads one.</summary>
    /// <param name="spec">What was typed.</param>
    /// <param name="name">What it is logged under.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <param name="seen">How images are seen.</param>
    /// <param name="policy">Lends weights that are the reward model's too, and must outlive it; null where no model learns.</param>
    /// <exception cref="UsageException">A folder cannot be read, or an address does not answer.</exception>
    public static ILearnedReward Load(
        LearnedSpec spec, string name, torch.Device device, ILogger? logger, SeenOptions seen, VisionLanguageModel? policy = null)
    {
        var folder = RewardModelFolder.Load(
            Machine.InProject(spec.Target), new LoadOptions { Device = device.ToString() }, logger, policy?.Checkpoint?.Model);
        return new RewardModelReward(name, folder, example => folder.Processor.Prompt(example, seen.Decode, seen.BoxFrame));
    }
}
