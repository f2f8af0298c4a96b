using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>Gradients between backward passes and the optimizer's step; for TorchSharp's own optimizers too.</summary>
internal static class Gradients
{
    /// <summary>Takes what one backward pass left, in float32 where weights are of half precision.</summary>
    internal static void Collect(torch.optim.Optimizer optimizer) => (optimizer as FusedAdamW)?.Collect();

    /// <summary>Bounds the norm of all gradients. Without a bound it is still measured: it tells whether they are finite.</summary>
    /// <param name="optimizer">Holds them.</param>
    /// <param name="parameters">What it moves.</param>
    /// <param name="bound">The largest norm; 0 for none.</param>
    /// <returns>The norm before.</returns>
    internal static double Clip(torch.optim.Optimizer optimizer, IEnumerable<Parameter> parameters, double bound)
    {
        double most = bound > 0 ? bound : double.PositiveInfinity;
        if (optimizer is FusedAdamW fused)
            return fused.Clip(most);

        using DisposeScope scope = torch.NewDisposeScope();
        return torch.nn.utils.clip_grad_norm_(parameters, most);
    }

    /// <summary>Forgets them, and gives back their memory: TorchSharp's own optimizers would fill them with zeros.</summary>
    internal static void Clear(torch.optim.Optimizer optimizer, IEnumerable<Parameter> parameters)
    {
        (optimizer as FusedAdamW)?.zero_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Parameter parameter in parameters)
            parameter.grad = null;
    }
}
