using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>The type that weights are computed with.</summary>
internal static class Compute
{
    /// <summary>
    /// That of the weights; float32 for float16 on the processor, which multiplies no such matrices: there they are kept in
    /// half the memory and widened layer by layer.
    /// </summary>
    internal static ScalarType TypeFor(Tensor weight) =>
        weight.dtype == ScalarType.Float16 && weight.device.type == TorchSharp.DeviceType.CPU
            ? ScalarType.Float32 : weight.dtype;

    /// <summary>x W^T + b in the type of x.</summary>
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => x.dtype == weight.dtype
        ? nn.functional.linear(x, weight, bias)
        : nn.functional.linear(x, weight.to(x.dtype), bias?.to(x.dtype));
}
