using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Biases that hide keys: 0 where a query may look, very negative where it may not.</summary>
/// <remarks>Finite, so that a padding query, which may look nowhere, stays finite too.</remarks>
public static class Masks
{
    internal const float Hidden = -1e30f;

    /// <summary>[tokens, tokens]: each token sees itself and what came before; null for a single token, which sees all.</summary>
    public static Tensor? Causal(int tokens, Device device) =>
        tokens == 1 ? null : full([tokens, tokens], Hidden, dtype: ScalarType.Float32, device: device).triu(1);

    /// <summary>Hides the padding before left-padded prompts.</summary>
    /// <param name="lengths">Real tokens of each prompt.</param>
    /// <param name="padded">Length of the padded batch.</param>
    /// <param name="device">Where the bias is needed.</param>
    /// <returns>[P, 1, 1, 1, 1, padded]; null where no prompt has padding.</returns>
    public static Tensor? LeftPadding(IReadOnlyList<int> lengths, int padded, Device device)
    {
        if (lengths.All(length => length == padded))
            return null;

        var bias = new float[lengths.Count * padded];
        for (int p = 0; p < lengths.Count; p++)
            bias.AsSpan(p * padded, padded - lengths[p]).Fill(Hidden);
        return tensor(bias).reshape(lengths.Count, 1, 1, 1, 1, padded).On(device);
    }

    /// <summary>Both at once; null where neither hides anything.</summary>
    public static Tensor? Both(Tensor? first, Tensor? second) =>
        first is null ? second : second is null ? first : first + second;
}
