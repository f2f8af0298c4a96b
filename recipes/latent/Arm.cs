using TorchSharp.Modules;
using Vlm;
using Vlm.LatentActions;

/// <summary>What one arm of a comparison changes of reinforcement.</summary>
sealed record Arm
{
    /// <summary>Temperature of sampling in training; null for the preset's.</summary>
    internal double? Temperature { get; init; }

    /// <summary>Share of groups without a spread of rewards that the temperature is chosen for, before the first step; null chooses none.</summary>
    internal double? FlatShare { get; init; }

    /// <summary>Which parameters a policy over tokens trains; null for all.</summary>
    internal TaskParameters? Trains { get; init; }

    /// <summary>Rank of adapters on the language model, its weights and the vision tower frozen; 0 for none.</summary>
    internal int LoraRank { get; init; }

    /// <summary>Latent actions that are added, or a policy in the place of another's; null leaves what the folder has.</summary>
    internal LatentConfig? Adds { get; init; }

    /// <summary>What of the base learns with a policy over codes, whose world model reads the base as it was; null for nothing.</summary>
    internal Opened? Opens { get; init; }
}

/// <summary>What of a base learns through the input of a policy over codes.</summary>
enum Opened
{
    /// <summary>The layers of its language model.</summary>
    Text,

    /// <summary>The vision tower and the connector too.</summary>
    TextAndVision,
}

/// <summary>Makes parts of a base trainable through a policy's input.</summary>
static class OpenBase
{
    /// <summary>Leaves trainable what reaches the policy: layers up to the one it reads, and vision where it is wished.</summary>
    /// <param name="model">The base.</param>
    /// <param name="what">Which parts.</param>
    /// <param name="tap">The layer whose input a branch reads; null where the policy reads the last states.</param>
    internal static void Apply(IVisionLanguageModel model, Opened what, int? tap)
    {
        foreach ((string name, Parameter value) in model.Parameters)
            value.requires_grad = model.PartOf(name) == ModelPart.Text
                ? Reaches(name, tap ?? model.Layers) || (tap is null && name.EndsWith(".norm.weight", StringComparison.Ordinal) && !name.Contains(".layers."))
                : what == Opened.TextAndVision;
    }

    private static bool Reaches(string name, int layers) =>
        Enumerable.Range(0, layers).Any(layer => name.Contains($".layers.{layer}.", StringComparison.Ordinal));
}
