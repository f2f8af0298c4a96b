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
    /// <param name="latent">The base, and what latent actions add to it.</param>
    /// <param name="rollouts">What was sampled.</param>
    /// <param name="sampling">The distribution that log-probs are of.</param>
    /// <param name="options">Which codes share an advantage.</param>
    /// <param name="learnBase">False keeps no autograd graph of the base.</param>
    internal static (ActionLogProbs Actions, Func<Tensor> Features) Score(
        CodeModules latent, IReadOnlyList<Rollout> rollouts, Sampling sampling, LatentPolicyOptions options, bool learnBase)
    {
        RolloutLayout layout = RolloutLayout.Arrange(rollouts);
        (Tensor features, Func<Tensor> world) = Features(latent, latent.Modules.Policy, layout, learnBase);
        return RolloutScorer.Of(layout, features, (picked, at) => Distribution(latent, sampling, picked, () => Picked(world(), at)),
            options.Credit == CodeCredit.MarginalisedOverEquivalentCodes && is_grad_enabled() ? Marginalised : null);

        // The same tokens give the same state, and rollouts of a group share prefixes: each distinct state is decoded once.
        Tensor Marginalised(Tensor logProbs, Tensor codes, Tensor places)
        {
            (long[] firsts, long[] which) = layout.UniquePrefixes();
            Tensor once = tensor(firsts).On(logProbs.device);
            return CodeTokenMap.Of(latent.Still, latent.Modules, Picked(world(), places.index_select(0, once)).detach(),
                logProbs.index_select(0, once), latent.Bans, options.Gate).At(tensor(which).On(logProbs.device)).Credit(logProbs, codes);
        }
    }

    /// <summary>What the choice of codes is over tokens, at each action of the rollouts.</summary>
    internal static TokenEffects Effects(CodeModules latent, IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        RolloutLayout layout = RolloutLayout.Arrange(rollouts);
        (Tensor features, Func<Tensor> world) = Features(latent, latent.Modules.Policy, layout, learnBase: false);
        Tensor at = tensor(layout.ActionPlaces(out _, out long[] results)).On(features.device);
        Tensor states = Picked(world(), at);
        Tensor logProbs = Distribution(latent, sampling, Picked(features, at), () => states);
        CodeGate gate = latent.Modules.Config.HasFixedCodes
            ? CodeGate.Open with { Most = (int)logProbs.shape[1] } : CodeGate.Open;
        CodeTokenMap map = CodeTokenMap.Of(latent.Still, latent.Modules, states, logProbs, latent.Bans, gate);
        // Fixed codes have tokens of their own, each once.
        return latent.Modules.Config.HasFixedCodes
            ? new TokenEffects(map.Tokens, logProbs.gather(-1, map.Codes).exp(), tensor(results).On(features.device))
            : new TokenEffects(map.Tokens, map.Effects(logProbs), tensor(results).On(features.device));
    }

    /// <summary>[M, K] log-probs of all codes.</summary>
    internal static Tensor Distribution(CodeModules latent, Sampling sampling, Tensor features, Func<Tensor> states) =>
        TokenDistribution.LogProbs(latent.Modules.PolicyLogits(latent.Still, features, states, latent.Bans), sampling, latent.CodeBans);

    /// <summary>
    /// The features of the policy, or of the inverse dynamics model, that predict each code, and on demand the states that codes are
    /// decoded in. [N, T, H] each
    /// </summary>
    internal static (Tensor Features, Func<Tensor> World) Features(
        CodeModules latent, CodeNetwork network, RolloutLayout layout, bool learnBase)
    {
        int? tap = network == latent.Modules.Policy ? latent.Modules.Tap : null;
        var read = new BaseRead(latent.Model, latent.Still, tap);
        Prefilled prompts;
        Tensor before;
        (Tensor Policy, Tensor World)? after = null;
        Tensor? positions = layout.Continues ? null : zeros(0);
        using (learnBase ? null : no_grad())
        {
            (prompts, before) = read.Prefill(layout.Prompts);
            positions ??= layout.Positions(prompts.Next, latent.Model.Device);
            if (layout.Continues)
                after = read.Continue(layout.Inputs(latent.Model.Device), positions);
        }
        var cache = new KvCache(network.Depth);
        Tensor prefix = network.Prefill(prompts.Hidden, prompts.Rope, prompts.Lengths, cache);
        Tensor? features = after is null ? null : network.Continue(after.Value.Policy, latent.Model.RopeAt(positions), cache);
        return (layout.PredictingStates(prefix, features), () => layout.PredictingStates(before, after?.World));
    }

    internal static Tensor Picked(Tensor states, Tensor places) => states.flatten(0, 1).index_select(0, places);
}
