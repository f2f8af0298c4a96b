using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What a surrogate is computed from. Padding holds 0 in the log-ratio, so 1 in the ratio.</summary>
/// <param name="LogRatio">[B, T] new log-prob - old.</param>
/// <param name="Ratio">[B, T] its exponential, within e^+-<see cref="PolicyLoss.MaxLogRatio"/>.</param>
/// <param name="Advantages">[B, 1] or [B, T].</param>
/// <param name="Mask">[B, T] 1 on actions, 0 on padding.</param>
/// <param name="Clip">How far the ratio may move.</param>
public sealed record SurrogateInput(
    torch.Tensor LogRatio, torch.Tensor Ratio, torch.Tensor Advantages, torch.Tensor Mask, ClipRange Clip);

/// <summary>A policy objective: what stands in for the expected advantage, one number per action, to be made large.</summary>
/// <param name="Name">The paper's.</param>
/// <param name="Compute">[B, T], with a gradient. Pure.</param>
/// <param name="Source">Paper and equation.</param>
public sealed record SurrogateLoss(string Name, Func<SurrogateInput, torch.Tensor> Compute, string Source) : INamed
{
    /// <summary>The clipped surrogate of PPO and GRPO.</summary>
    public const string PpoClip = "ppo-clip";

    /// <summary>The same with a bound on what counts against a bad completion.</summary>
    public const string DualClip = "dual-clip";

    /// <summary>The objectives that options choose from; a package adds its own.</summary>
    public static NamedTable<SurrogateLoss> Table { get; } = new("surrogate loss",
        new SurrogateLoss(PpoClip, Clipped.Surrogate, "Schulman et al. 2017, arXiv:1707.06347, equation 7"),
        new SurrogateLoss(DualClip, DualClipped.Surrogate, "Ye et al. 2020, arXiv:1912.09729, equation 5"));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
