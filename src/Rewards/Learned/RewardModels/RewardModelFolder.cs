using Microsoft.Extensions.Logging;
using Vlm.Checkpoints;

namespace Vlm.Rewards.Learned;

/// <summary>A reward model of a folder, frozen.</summary>
/// <remarks>It owns its weights, but for those that it shares with a policy, which must outlive it.</remarks>
public sealed class RewardModelFolder : IDisposable
{
    private readonly VisionLanguageModel _loaded;

    private RewardModelFolder(VisionLanguageModel loaded, RewardHead head, RewardScale scale)
    {
        (_loaded, Scale) = (loaded, scale);
        Reward = new(loaded.Checkpoint!.Model, loaded.Processor, head);
    }

    /// <summary>What scores.</summary>
    public RewardModel Reward { get; }

    /// <summary>How its scores are normalised.</summary>
    public RewardScale Scale { get; }

    /// <summary>Messages and images to prompts.</summary>
    public IPromptProcessor Processor => _loaded.Processor;

    /// <summary>Loads a folder of any family with the head of a reward model; an output layer is not needed.</summary>
    /// <param name="folder">Weights with <c>score.weight</c>, as transformers' models for sequence classification have it, or with
    /// TRL's <c>v_head.summary.weight</c>.</param>
    /// <param name="options">Device, precision, adapter; null for the defaults.</param>
    /// <param name="logger">Told what the user should know; null tells nobody.</param>
    /// <param name="policy">Gives its memory for the weights that are its own too and that it does not train; null for none.</param>
    /// <exception cref="UsageException">The folder is incomplete, broken, of an unknown family, or has no head or another's.</exception>
    public static RewardModelFolder Load(
        string folder, LoadOptions? options = null, ILogger? logger = null, IVisionLanguageModel? policy = null)
    {
        RewardHead? head = null;
        VisionLanguageModel loaded = VisionLanguageModel.Load(
            folder, (options ?? new()) with { Tokens = true, StatesOnly = !RewardConfig.IsImplicitAt(folder) }, logger);
        try
        {
            IVisionLanguageModel model = (loaded.Checkpoint ?? throw new UsageException(
                "exported graphs have no reward head", folder, "the folder that ./vlm reward-model wrote")).Model;
            head = RewardHead.Read(folder, model.Sizes.Attention.HiddenSize, model.Device);
            foreach ((_, TorchSharp.Modules.Parameter value) in model.Parameters.Concat(head.Parameters))
                value.requires_grad = false;
            if (policy is not null && SharedWeights.Share(model, policy) is var shared and > 0)
                logger.Line($"the reward model shares {shared / 1e6:N1} MB of weights with the policy");
            return new(loaded, head, RewardConfig.Scale(HubFolder.ReadJson(Path.Combine(folder, "config.json"))));
        }
        catch
        {
            head?.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Says in a copy of config.json that the folder scores: transformers' names of the labels, and the scale.</summary>
    /// <param name="config">Changed.</param>
    /// <param name="head">Whose labels.</param>
    /// <param name="scale">How scores are normalised by those who load the folder.</param>
    public static void Configure(System.Text.Json.Nodes.JsonObject config, RewardHead head, RewardScale scale) =>
        RewardConfig.Write(config, head, scale);

    /// <inheritdoc/>
    public void Dispose()
    {
        Reward.Head.Dispose();
        _loaded.Dispose();
    }
}
