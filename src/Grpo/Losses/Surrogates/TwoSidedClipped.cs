using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The clipped surrogate whose unclipped ratio has an upper bound of its own, whatever the advantage's sign.</summary>
/// <remarks>
/// <code>min(min(ratio, delta) * A, clip(ratio, 1 - low, 1 + high) * A)</code>
/// Prime Intellect 2025, arXiv:2505.07291, two-sided GRPO clipping; TRL's <c>delta</c>, here <see cref="ClipRange.Dual"/>. With delta above
/// 1 + high it equals <see cref="DualClipped"/>; a smaller delta still lets a bad completion count up to 1 + high.
/// </remarks>
public static class TwoSidedClipped
{
    /// <summary>[B, T].</summary>
    /// <exception cref="ArgumentException"><see cref="ClipRange.Dual"/> is not given.</exception>
    public static torch.Tensor Surrogate(SurrogateInput input)
    {
        (torch.Tensor ratio, torch.Tensor a, ClipRange clip) = (input.Ratio, input.Advantages, input.Clip);
        double delta = clip.Dual ?? throw new ArgumentException("the two-sided clip needs its bound", nameof(input));
        torch.Tensor clipped = ratio.clamp((Scalar)(1 - clip.Low), (Scalar)(1 + clip.High)) * a;  // [B, T]
        return torch.minimum(ratio.clamp(max: (Scalar)delta) * a, clipped);                       // [B, T]
    }
}
