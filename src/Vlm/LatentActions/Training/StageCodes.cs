using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What the inverse dynamics model and the policy predict from a batch's states.</summary>
public static class StageCodes
{
    /// <summary>Logits of the inverse dynamics model, with its one-step lookahead.</summary>
    /// <returns>[P, L, K]; the last column repeats the one before.</returns>
    public static Tensor InverseLogits(LatentModules modules, LatentView view, int[] lengths) => InverseDynamics.LookAhead(
        modules.Inverse.Logits(FeaturesOf(modules.Inverse, view.States, view, lengths)));

    /// <summary>Logits of the policy's own layers; where it starts from the base's choice, without that.</summary>
    /// <returns>[P, L, K]</returns>
    public static Tensor PolicyLogits(LatentModules modules, LatentView view, int[] lengths) =>
        modules.Policy.Logits(PolicyFeatures(modules, view, lengths));

    /// <summary>Features of the policy's own layers. [P, L, H]</summary>
    internal static Tensor PolicyFeatures(LatentModules modules, LatentView view, int[] lengths) =>
        FeaturesOf(modules.Policy, view.PolicyInput(modules), view, lengths);

    /// <summary>The most probable code of one of the two at each position, without gradients. [P, L]</summary>
    public static Tensor ArgMax(LatentModules modules, LatentView view, int[] lengths, TaskCodes whose)
    {
        using var off = no_grad();
        return (whose == TaskCodes.Policy
            ? PolicyLogits(modules, view, lengths) : InverseLogits(modules, view, lengths)).argmax(-1);
    }

    /// <summary>Text-only states projected into the paired view, as constants; what a branch reads stays as it is.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="text">Text-only data.</param>
    /// <param name="objective">Whether text is projected.</param>
    public static LatentView AsPaired(LatentModules modules, LatentRows text, LatentObjective objective)
    {
        using var off = no_grad();
        LatentView view = text.RequiredTextOnly;
        return objective.ProjectText ? view with { States = modules.ToPaired.Mean(view.States) } : view;
    }

    private static Tensor FeaturesOf(CodeNetwork network, Tensor states, LatentView view, int[] lengths) =>
        network.Prefill(states.detach(), view.Rope, lengths, new KvCache(network.Depth));
}
