using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What a surrogate is computed from. Padding holds 0 in the log-ratio, so 1 in the ratio.</summary>
/// <param name="LogRatio">[B, T] new log-prob - old.</param>
/// <param name="Ratio">[B, T] its exponential, within e^+-<see cref="PolicyLoss.MaxLogRatio"/>.</param>
/// <param name="Advantages">[B, 1] or [B, T].</param>
/// <param name="Mask">[B, T] 1 on actions, 0 on padding.</param>
/// <param name="Clip">How far the ratio may move.</param>
public sealed record SurrogateInput(
    torch.Tensor LogRatio, torch.Tensor Ratio, torch.Tensor Advantages, torch.Tensor Mask, ClipRange Clip)
{
    /// <summary>[B, T] new log-probs, with a gradient; 0 on padding. For the surrogates that weigh log-probs.</summary>
    public torch.Tensor LogProbs { get; init; } = LogRatio;

    /// <summary>Constants of single surrogates.</summary>
    public SurrogateOptions Options { get; init; } = new();

    /// <summary>[B, T] 1 on the actions that <see cref="Covariance"/> picked from the whole step; null where none did.</summary>
    public torch.Tensor? Picked { get; init; }

    /// <summary>[B, T] weights of actions that another engine sampled, a constant; null where none did.</summary>
    public torch.Tensor? Weights { get; init; }

    /// <summary>[B, T] 1 on the actions that count in the surrogate, 0 on those left out; null where all count.</summary>
    public torch.Tensor? Kept { get; init; }
}
