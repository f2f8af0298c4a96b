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
    public static torch.Tensor Surrogate(SurrogateInput input)
    {
        double dual = input.Clip.Dual ?? throw new ArgumentException("the dual clip needs its bound", nameof(input));
        torch.Tensor clipped = Clipped.Surrogate(input);                                          // [B, T]
        torch.Tensor a = input.Advantages;
        return torch.where(a.lt((Scalar)0), torch.maximum(clipped, a * dual), clipped);           // [B, T]
    }
}
