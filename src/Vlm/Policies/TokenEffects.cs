using TorchSharp;

namespace Vlm;

/// <summary>Distributions over the tokens that actions lead to, at each action of a batch of rollouts.</summary>
/// <param name="Tokens">[M, T] token ids; those below 0 are of codes that were not decoded.</param>
/// <param name="Probabilities">[M, T] of each; a token that stands twice in a row has its whole probability once, and 0 again.</param>
/// <param name="Places">[M] where each lies in [B, T], counted row by row.</param>
public sealed record TokenEffects(torch.Tensor Tokens, torch.Tensor Probabilities, torch.Tensor Places);
