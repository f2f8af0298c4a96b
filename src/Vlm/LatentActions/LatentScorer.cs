using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What the policy over codes makes of given completions: each prompt is read once.</summary>
internal static class LatentScorer
{
    /// <summary>
    /// Log-probs of the rollouts' codes, in the rollouts' order, and on demand [B, T, H] the policy's features that
    /// foretell them; the policy has a gradient where gradients are on.
    /// </summary>
    internal static (ActionLogProbs Actions, Func<Tensor> Features) Score(
        IVisionLanguageModel model, CodeNetwork policy, IReadOnlyList<Rollout> rollouts, Sampling sampling, bool learnBase)
    {
        Slots slots = Slots.Arrange(rollouts);
        return RolloutScorer.Of(slots, Features(model, policy, slots, learnBase),
            features => TokenDistribution.LogProbs(policy.Logits(features), sampling, bans: null));
    }

    /// <summary>The policy's features that foretell each code. [N, T, H]</summary>
    /// <param name="model">The base.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="slots">The rollouts.</param>
    /// <param name="learnBase">False keeps no graph of the base.</param>
    internal static Tensor Features(IVisionLanguageModel model, CodeNetwork policy, Slots slots, bool learnBase)
    {
        (Prefilled read, Tensor? after) = States(model, slots, learnBase);
        var cache = new KvCache(policy.Depth);
        Tensor prefix = policy.Prefill(read.Hidden, read.Rope, read.Lengths, cache);
        Tensor? features = after is null ? null
            : policy.Continue(after, model.RopeAt(slots.Positions(read.Next, model.Device)), cache);
        return slots.Foretelling(prefix, features);
    }

    private static (Prefilled Prompts, Tensor? After) States(IVisionLanguageModel model, Slots slots, bool learnBase)
    {
        using IDisposable? off = learnBase ? null : no_grad();
        var cache = new KvCache(model.Layers);
        Prefilled read = model.Prefill(slots.Prompts, cache);
        return (read, slots.Continues
            ? model.Continue(slots.Inputs(model.Device), slots.Positions(read.Next, model.Device), cache) : null);
    }
}
