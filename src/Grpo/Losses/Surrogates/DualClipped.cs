using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The clipped surrogate with a bound on what a large ratio counts against a bad completion.</summary>
/// <remarks>
/// <code>where A &lt; 0: max(surrogate of <see cref="Clipped"/>, dual * A)</code>
/// Ye et al. 2020, arXiv:1912.09729, equation 5.
/// </remarks>
public static class DualClipped
{
    /// <summary>[B, T].</summary>
    /// <exception cref="ArgumentException"><see cref="ClipRange.Dual"/> is not given.</exception>
    public static torch.Tensor Surrogate(SurrogateInput input) => Of(input.Ratio, input.Advantages, input.Clip);

    /// <summary>The same for any ratio.</summary>
    internal static torch.Tensor Of(torch.Tensor ratio, torch.Tensor a, ClipRange clip)
    {
        double dual = clip.Dual ?? throw new ArgumentException("the dual clip needs its bound", nameof(clip));
        torch.Tensor clipped = Clipped.Of(ratio, a, clip);                                        // [B, T]
        return torch.where(a.lt((Scalar)0), torch.maximum(clipped, a * dual), clipped);           // [B, T]
    }
}
