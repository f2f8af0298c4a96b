using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The clipped surrogate of PPO and GRPO.</summary>
/// <remarks>
/// <code>min(ratio * A, clip(ratio, 1 - low, 1 + high) * A)</code>
/// Schulman et al. 2017, arXiv:1707.06347, equation 7. Separate low and high: Yu et al. 2025, arXiv:2503.14476, section 3.1.
/// </remarks>
public static class Clipped
{
    /// <summary>[B, T].</summary>
    public static torch.Tensor Surrogate(SurrogateInput input) => Of(input.Ratio, input.Advantages, input.Clip);

    /// <summary>The same for any ratio.</summary>
    internal static torch.Tensor Of(torch.Tensor ratio, torch.Tensor a, ClipRange clip)
    {
        torch.Tensor unclipped = ratio * a;                                                       // [B, T]
        torch.Tensor clipped = ratio.clamp((Scalar)(1 - clip.Low), (Scalar)(1 + clip.High)) * a;  // [B, T]
        return torch.minimum(unclipped, clipped);                                                 // [B, T]
    }
}
