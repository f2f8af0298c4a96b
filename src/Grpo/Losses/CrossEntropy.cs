using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Cross-entropy of given completions: minus the weighted mean of their log-probs.</summary>
public static class CrossEntropy
{
    /// <summary>The loss of a batch, or of a part of one.</summary>
    /// <param name="actions">Log-probs of the given actions, with a gradient.</param>
    /// <param name="weights">[B] what each action of a row counts; over the whole step they sum to 1.</param>
    /// <param name="given">[B] first actions of each row that do not count, such as a question; null for none.</param>
    /// <returns>A scalar in nats per token, and how many tokens it counted.</returns>
    public static (torch.Tensor Loss, StepStats Stats) Compute(ActionLogProbs actions, double[] weights, int[]? given = null)
    {
        Shapes.Same(("log-probs", actions.LogProbs), ("mask", actions.Mask), ("entropy", actions.Entropy));
        torch.Tensor mask = Counting(actions.Mask.to(actions.LogProbs.dtype), given);          // [B, T]
        torch.Tensor clean = actions.LogProbs.masked_fill(mask.eq((Scalar)0), (Scalar)0);      // [B, T]
        torch.Tensor rows = torch.tensor(weights).to(clean.dtype, clean.device);               // [B]
        torch.Tensor loss = -(clean.sum(-1) * rows).sum();                                     // scalar

        using (torch.no_grad())
        {
            torch.Tensor entropy = (actions.Entropy.to(mask.dtype) * mask).sum();
            return (loss, StepStats.Of((Metric.Entropy, entropy.to(torch.ScalarType.Float64).item<double>(),
                mask.sum().to(torch.ScalarType.Float64).item<double>())));
        }
    }

    private static torch.Tensor Counting(torch.Tensor mask, int[]? given)
    {
        if (given is null)
            return mask;

        torch.Tensor places = torch.arange(mask.shape[1], device: mask.device).unsqueeze(0);   // [1, T]
        torch.Tensor first = torch.tensor(given).to(mask.device).unsqueeze(-1);                // [B, 1]
        return mask * places.ge(first).to(mask.dtype);
    }
}
