using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>A state projected into the other modality: a normal distribution, of which downstream modules use the mean.</summary>
/// <param name="Mean">[.., H]</param>
/// <param name="LogVariance">[.., H] in -1 .. 1, for <see cref="LatentLosses.GaussianNll"/>.</param>
public sealed record ProjectedState(Tensor Mean, Tensor LogVariance);

/// <summary>Maps text-only states to states of the paired view, or back; token by token.</summary>
public sealed class CrossModalProjector : Layer
{
    private readonly ProjectorNet _mean, _logVariance;

    /// <summary>Builds "mean" and "log_variance".</summary>
    public CrossModalProjector(long width) : base(nameof(CrossModalProjector))
    {
        register_module("mean", _mean = new ProjectorNet(width));
        register_module("log_variance", _logVariance = new ProjectorNet(width));
    }

    /// <summary>[.., H] to the distribution over its counterpart.</summary>
    public ProjectedState Forward(Tensor x) => new(Mean(x), _logVariance.Forward(x).tanh());

    /// <summary>[.., H] to the mean alone.</summary>
    public Tensor Mean(Tensor x) => _mean.Forward(x);
}

/// <summary>Linear to half the width, tanh, linear back; with biases.</summary>
internal sealed class ProjectorNet : Layer
{
    private readonly LoraLinear _in, _out;

    internal ProjectorNet(long width) : base(nameof(ProjectorNet))
    {
        register_module("0", _in = new LoraLinear(width, width / 2, bias: true));
        register_module("2", _out = new LoraLinear(width / 2, width, bias: true));
    }

    internal Tensor Forward(Tensor x) => _out.call(_in.call(x).tanh());
}
