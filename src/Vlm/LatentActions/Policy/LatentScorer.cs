using Vlm.Engine;
using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Log-probs of given rollouts under the policy over codes; each prompt is read once.</summary>
internal static class LatentScorer
{
    /// <summary>
    /// Log-probs of the rollouts' codes, in the rollouts' order, and on demand [B, T, H] the policy's features that
    /// predict them; the policy has a gradient where gradients are on.
    /// </summary>
    /// <param name="model">The base.</param>
    /// <param name="modules">What latent actions add to it.</param>
    /// <param name="rollouts">What was sampled.</param>
    /// <param name="sampling">The distribution that log-probs are of.</param>
    /// <param name="options">What is trained, and which codes share an advantage.</param>
    /// <param name="bans">[V] added to logits where codes are decoded to tokens.</param>
    internal static (ActionLogProbs Actions, Func<Tensor> Features) Score(
        IVisionLanguageModel model, LatentModules modules, IReadOnlyList<Rollout> rollouts, Sampling sampling,
        LatentPolicyOptions options, Tensor bans)
    {
        RolloutLayout layout = RolloutLayout.Arrange(rollouts);
        (Tensor features, Func<Tensor> states) = Features(model, modules.Policy, layout, options.TrainFinalNorm);
        return RolloutScorer.Of(layout, features,
            picked => TokenDistribution.LogProbs(modules.Policy.Logits(picked), sampling, bans: null),
            options.Credit == CodeCredit.MarginalisedOverEquivalentCodes && is_grad_enabled() ? Marginalised : null);

        // The same tokens give the same state, and rollouts of a group share prefixes: each distinct state is decoded once.
        Tensor Marginalised(Tensor logProbs, Tensor codes, Tensor places)
        {
            (long[] firsts, long[] which) = layout.UniquePrefixes();
            Tensor once = tensor(firsts).On(model.Device);
            return CodeTokenMap.Of(modules, model,
                states().detach().flatten(0, 1).index_select(0, places.index_select(0, once)),
                logProbs.index_select(0, once), bans).At(tensor(which).On(model.Device)).Credit(logProbs, codes);
        }
    }

    /// <summary>The policy's features that predict each code, and on demand the base's states they are of. [N, T, H] each</summary>
    /// <param name="model">The base.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="layout">The rollouts.</param>
    /// <param name="learnBase">False keeps no autograd graph of the base.</param>
    internal static (Tensor Features, Func<Tensor> States) Features(
        IVisionLanguageModel model, CodeNetwork policy, RolloutLayout layout, bool learnBase)
    {
        (Prefilled read, Tensor? after) = States(model, layout, learnBase);
        var cache = new KvCache(policy.Depth);
        Tensor prefix = policy.Prefill(read.Hidden, read.Rope, read.Lengths, cache);
        Tensor? features = after is null ? null
            : policy.Continue(after, model.RopeAt(layout.Positions(read.Next, model.Device)), cache);
        return (layout.PredictingStates(prefix, features), () => layout.PredictingStates(read.Hidden, after));
    }

    private static (Prefilled Prompts, Tensor? After) States(IVisionLanguageModel model, RolloutLayout layout, bool learnBase)
    {
        using IDisposable? off = learnBase ? null : no_grad();
        var cache = new KvCache(model.Layers);
        Prefilled read = model.Prefill(layout.Prompts, cache);
        return (read, layout.Continues
            ? model.Continue(layout.Inputs(model.Device), layout.Positions(read.Next, model.Device), cache) : null);
    }
}
