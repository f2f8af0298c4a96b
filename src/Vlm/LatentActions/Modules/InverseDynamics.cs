using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>The inverse dynamics model's one-step lookahead: the code at t is inferred from the tokens up to t + 1.</summary>
public static class InverseDynamics
{
    /// <summary>Shifts logits by one: position t takes those of t + 1, the last position keeps its own.</summary>
    /// <remarks>The layers stay causal: the code at t depends on x up to t + 1 and on nothing later.</remarks>
    /// <param name="logits">[P, L, K]</param>
    public static Tensor LookAhead(Tensor logits) => logits.shape[1] == 1 ? logits
        : cat([logits.narrow(1, 1, logits.shape[1] - 1), logits.narrow(1, logits.shape[1] - 1, 1)], 1);
}
