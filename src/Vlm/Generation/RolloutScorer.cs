using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>How likely given completions are: each prompt is read once, its rollouts side by side after it.</summary>
internal static class RolloutScorer
{
    /// <summary>
    /// Log-probs of the rollouts' tokens, in the rollouts' order, and on demand [B, T, D] the states that predict them;
    /// with a gradient where gradients are on.
    /// </summary>
    internal static (ActionLogProbs Actions, Func<Tensor> Features) Score(
        IVisionLanguageModel model, IReadOnlyList<Rollout> rollouts, Sampling sampling, IReadOnlyList<int> endTokens,
        Tensor bans)
    {
        RolloutLayout layout = RolloutLayout.Arrange(rollouts);
        var cache = new KvCache(model.Layers);
        (Tensor prefix, int[] next) = model.Prefill(layout.Prompts, cache);
        Tensor? read = layout.Continues
            ? model.Continue(layout.Inputs(model.Device), layout.Positions(next, model.Device), cache) : null;
        HistoryMasks? history = HistoryRules.Of(sampling, layout.Prompts, endTokens, model.VocabSize)
            ?.Masks(layout.Histories(), model.Device);
        (ActionLogProbs actions, Func<Tensor> features) = Of(layout, layout.PredictingStates(prefix, read),
            (states, _) => TokenDistribution.LogProbs(model.Logits(states), sampling, bans, history));
        return (actions with { Prompts = new(layout.Prompts, prefix, model.ImageToken) }, features);
    }

    /// <summary>
    /// Log-probs of the rollouts' actions from the states that predict them, and on demand [B, T, D] these in the
    /// rollouts' order.
    /// </summary>
    /// <param name="layout">The rollouts.</param>
    /// <param name="states">[N, T, D]</param>
    /// <param name="distribution">[M, D] states of real actions, and their indices [M], to [M, A] log-probs of all actions.</param>
    /// <param name="credit">
    /// The [M] log-probs of the actions taken, from those of all [M, A], the actions [M] and the indices of their states [M];
    /// null gathers them.
    /// </param>
    internal static (ActionLogProbs Actions, Func<Tensor> Features) Of(
        RolloutLayout layout, Tensor states, Func<Tensor, Tensor, Tensor> distribution, Func<Tensor, Tensor, Tensor, Tensor>? credit = null)
    {
        Device device = states.device;
        long[] flat = layout.ActionPlaces(out long[] actions, out long[] results);
        (Tensor at, Tensor taken) = (tensor(flat).On(device), tensor(actions).On(device));
        Tensor picked = states.reshape(-1, states.shape[^1]).index_select(0, at);             // [M, D]
        Tensor logProbs = distribution(picked, at);                                           // [M, A]
        Tensor chosen = credit?.Invoke(logProbs, taken, at) ?? logProbs.gather(-1, taken.unsqueeze(-1)).squeeze(-1);
        Tensor places = tensor(results).On(device);
        (long rows, long longest) = (layout.Filled.Count, layout.Longest);
        return (
            Scatter(chosen, Entropy(logProbs), places, rows, longest) with { All = new(logProbs, places) },
            () => zeros([rows * longest, picked.shape[^1]], dtype: picked.dtype, device: device)
                .index_copy(0, places, picked).view(rows, longest, -1));
    }

    private static Tensor Entropy(Tensor logProbs)
    {
        using var off = no_grad();
        return -(logProbs.exp() * logProbs).sum(-1);
    }

    private static ActionLogProbs Scatter(Tensor chosen, Tensor entropy, Tensor places, long rows, long longest)
    {
        Tensor empty = zeros(rows * longest, dtype: ScalarType.Float32, device: chosen.device);
        return new ActionLogProbs(
            empty.index_copy(0, places, chosen).view(rows, longest),
            empty.index_copy(0, places, entropy).view(rows, longest),
            empty.index_copy(0, places, ones_like(entropy)).view(rows, longest));
    }
}
