using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>y = x W^T + b, and with an adapter y = x W^T + b + s (x A^T) B^T. Weights lie [outputs, inputs].</summary>
/// <remarks>
/// The adapter: Hu et al. 2021, https://arxiv.org/abs/2106.09685, eq. 3; s = alpha / r. Its matrices are parameters of this
/// module, under the names that PEFT gives them: <c>lora_A.weight</c> [r, inputs], <c>lora_B.weight</c> [outputs, r].
/// </remarks>
public sealed class LoraLinear : UnaryLayer
{
    private const string Down = "lora_A", Up = "lora_B";

    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private (LoraMatrix Down, LoraMatrix Up, double Scale)? _adapter;

    /// <summary>A layer without an adapter, its weights and bias uniform in +-1/sqrt(inputs).</summary>
    public LoraLinear(long inputs, long outputs, bool bias = false) : base(nameof(LoraLinear))
    {
        double bound = 1 / Math.Sqrt(inputs);
        register_parameter("weight", _weight = Weights.Uniform(bound, outputs, inputs));
        if (bias)
            register_parameter("bias", _bias = Weights.Uniform(bound, outputs));
    }

    /// <summary>W [outputs, inputs], without the adapter.</summary>
    public Parameter Weight => _weight;

    /// <summary>b [outputs], or null.</summary>
    public Parameter? Bias => _bias;

    /// <summary>True between <see cref="Adapt"/> and <see cref="Merge"/>.</summary>
    public bool HasAdapter => _adapter is not null;

    /// <summary>W + s B A: what the layer multiplies by, all in all, in float32. [outputs, inputs]</summary>
    internal Tensor Effective => _adapter is { } adapter
        ? _weight.to(ScalarType.Float32) + Delta(adapter) : _weight.to(ScalarType.Float32);

    /// <summary>Adds an adapter on the weights' device: A uniform in +-1/sqrt(inputs), B zero.</summary>
    /// <remarks>In float32 whatever the weights are, as PEFT does: its steps are too small for half precision.</remarks>
    /// <param name="rank">r</param>
    /// <param name="scale">s</param>
    /// <exception cref="InvalidOperationException">The layer has one.</exception>
    public void Adapt(int rank, double scale)
    {
        if (HasAdapter)
            throw new InvalidOperationException("the layer has an adapter already");

        (long outputs, long inputs) = (_weight.shape[0], _weight.shape[1]);
        LoraMatrix down = Weights.Filled(() => new LoraMatrix(inputs, rank, 1 / Math.Sqrt(inputs)), _weight.device);
        LoraMatrix up = Weights.Filled(() => new LoraMatrix(rank, outputs, bound: 0), _weight.device);
        register_module(Down, down);
        register_module(Up, up);
        _adapter = (down, up, scale);
    }

    /// <summary>Adds the adapter to the weights, for good: the layer computes the same without it.</summary>
    public void Merge()
    {
        if (_adapter is not { } adapter)
            return;

        using var off = no_grad();
        using var scope = NewDisposeScope();
        _weight.copy_(Effective);
        Drop(adapter);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        Tensor y = Compute.Linear(x, _weight, _bias);
        if (_adapter is not { } adapter)
            return y;

        Tensor added = adapter.Up.call(adapter.Down.call(x.to(adapter.Down.Weight.dtype))) * adapter.Scale;
        return y + added.to(y.dtype);
    }

    // In float32, so that a merge into half precision rounds once.
    private static Tensor Delta((LoraMatrix Down, LoraMatrix Up, double Scale) adapter) =>
        adapter.Up.Weight.to(ScalarType.Float32).mm(adapter.Down.Weight.to(ScalarType.Float32)) * adapter.Scale;

    private void Drop((LoraMatrix Down, LoraMatrix Up, double Scale) adapter)
    {
        _adapter = null;
        register_module(Down, null!);       // null takes the name away
        register_module(Up, null!);
        adapter.Down.Dispose();
        adapter.Up.Dispose();
    }
}

/// <summary>One matrix of an adapter: y = x W^T.</summary>
internal sealed class LoraMatrix : UnaryLayer
{
    private readonly Parameter _weight;

    /// <summary>Builds "weight" [outputs, inputs], uniform in +-<paramref name="bound"/>.</summary>
    internal LoraMatrix(long inputs, long outputs, double bound) : base(nameof(LoraMatrix)) =>
        register_parameter("weight", _weight = bound == 0 ? Weights.Zeros(outputs, inputs) : Weights.Uniform(bound, outputs, inputs));

    internal Parameter Weight => _weight;

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => nn.functional.linear(x, _weight);
}
