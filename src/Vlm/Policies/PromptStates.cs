using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm;

/// <summary>What a policy over tokens made of its prompts on the way to its log-probs: states of the same forward pass.</summary>
/// <param name="Prompts">P prompts, each once.</param>
/// <param name="Hidden">
/// [P, L, D] the language model's states after its final norm, padding on the left; with a gradient where gradients are on.
/// </param>
/// <param name="ImageToken">The token that stands for an image vector.</param>
public sealed record PromptStates(IReadOnlyList<Prompt> Prompts, Tensor Hidden, int ImageToken)
{
    /// <summary>Modalities of a prompt: images, then text.</summary>
    public const int Modalities = 2;

    /// <summary>
    /// Means over the states of a prompt's image vectors, and over those of its other tokens. Both are of the language model's width,
    /// so that they are compared as they are: a projection would be weights that no checkpoint of a hub has, and could meet a
    /// loss alone while the model stays as it is.
    /// </summary>
    /// <returns>
    /// [P, 2, D] in float32 at least, zeros for a modality that a prompt does not have; and [P, 2] 1 for one that it has, else 0.
    /// </returns>
    public (Tensor Features, Tensor Present) Pool()
    {
        (int length, ScalarType type) = ((int)Hidden.shape[1], Hidden.dtype == ScalarType.Float64 ? Hidden.dtype : ScalarType.Float32);
        var shares = new float[Prompts.Count, Modalities, length];
        var present = new float[Prompts.Count, Modalities];
        foreach ((int p, Prompt prompt) in Prompts.Index())
        {
            int images = prompt.Tokens.Count(token => token == ImageToken), from = length - prompt.Tokens.Length;
            (present[p, 0], present[p, 1]) = (images > 0 ? 1 : 0, images < prompt.Tokens.Length ? 1 : 0);
            foreach ((int t, int token) in prompt.Tokens.Index())
                if (token == ImageToken)
                    shares[p, 0, from + t] = 1f / images;
                else
                    shares[p, 1, from + t] = 1f / (prompt.Tokens.Length - images);
        }

        return (
            tensor(shares).On(Hidden.device).to(type).bmm(Hidden.to(type)),                       // [P, 2, D]
            tensor(present).On(Hidden.device).to(type));
    }
}
