using TorchSharp;

namespace Vlm.Grpo;

/// <summary>REINFORCE that pays for leaving the policy that sampled (DRO).</summary>
/// <remarks>
/// <code>A * log p - beta / 2 * log-ratio^2</code>
/// Richemond et al. 2024, arXiv:2405.19107, as verl's dro has it: per token, with an estimated advantage in place of the paper's
/// learned value. Its maximum for one token lies at a log-ratio of A / beta. Tokens without an advantage are drawn back.
/// </remarks>
public static class QuadraticPrice
{
    /// <summary>[B, T].</summary>
    public static torch.Tensor Surrogate(SurrogateInput input) =>
        input.Advantages * input.LogProbs - input.LogRatio.square() * (input.Options.DroBeta / 2);
}
