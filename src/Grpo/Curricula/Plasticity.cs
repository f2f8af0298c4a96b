using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Whether units of a network still learn: how many of them are active. Pure.</summary>
public static class Plasticity
{
    /// <summary>Fraction of active units (FAU): the share of activations above 0, over all samples and units.</summary>
    /// <remarks>
    /// Ma et al. 2024, arXiv:2310.07418: after a ReLU of the critic. States of a transformer have no ReLU before them; of these the
    /// share above 0 is logged all the same, and <see cref="DormantRatio"/> is the measure that is meant for them.
    /// </remarks>
    /// <param name="activations">[.., D]</param>
    /// <param name="mask">[..] 1 where there is a sample; null for everywhere.</param>
    public static double ActiveFraction(torch.Tensor activations, torch.Tensor? mask = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor rows = Rows(activations, mask);                                           // [N, D]
        return rows.gt((Scalar)0).to(torch.ScalarType.Float32).mean().item<float>();
    }

    /// <summary>Share of dormant units: those whose mean size is at most tau times the mean over all units of the layer.</summary>
    /// <remarks>Sokar et al. 2023, arXiv:2302.12902, definition 3.1; tau is 0.025 or 0.1 there.</remarks>
    /// <param name="activations">[.., D]</param>
    /// <param name="tau">0 or more.</param>
    /// <param name="mask">[..] 1 where there is a sample; null for everywhere.</param>
    public static double DormantRatio(torch.Tensor activations, double tau, torch.Tensor? mask = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor sizes = Rows(activations, mask).abs().mean([0]);                          // [D]
        return sizes.le(sizes.mean() * tau).to(torch.ScalarType.Float32).mean().item<float>();
    }

    private static torch.Tensor Rows(torch.Tensor activations, torch.Tensor? mask)
    {
        torch.Tensor rows = activations.detach().reshape(-1, activations.shape[^1]).to(torch.ScalarType.Float32);
        return mask is null ? rows : rows.index_select(0, mask.reshape(-1).nonzero().squeeze(1));
    }
}
