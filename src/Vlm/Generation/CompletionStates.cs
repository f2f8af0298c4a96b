using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What a model makes of given completions: the state after each token, from which a head reads a score.</summary>
public static class CompletionStates
{
    private static readonly int[] s_end = [0];      // never read: the state that would predict it is the one after the last token

    /// <summary>Reads completions; each prompt once, whatever the number of its completions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rollouts">B completions of at least one token each; those of one <see cref="Prompt"/> object share its prefill.</param>
    /// <returns>
    /// [B, T, D] states after the final norm: after t + 1 tokens of the completion at t. Rows are padded on the right, T is the
    /// longest. With a gradient where gradients are on.
    /// </returns>
    /// <exception cref="UsageException">A prompt is longer than the context, or an image cannot be decoded.</exception>
    public static Tensor Of(IVisionLanguageModel model, IReadOnlyList<Rollout> rollouts)
    {
        RolloutLayout layout = RolloutLayout.Arrange([.. rollouts.Select(rollout => rollout with { Tokens = [.. rollout.Tokens, .. s_end] })]);
        var cache = new KvCache(model.Layers);
        (_, int[] next) = model.Prefill(layout.Prompts, cache);
        Tensor read = model.Continue(layout.Inputs(model.Device), layout.Positions(next, model.Device), cache);      // [N, T, D]
        Tensor rows = tensor([.. layout.Filled.Select(item => (long)item.Slot)], device: model.Device);
        return read.index_select(0, rows);
    }
}
