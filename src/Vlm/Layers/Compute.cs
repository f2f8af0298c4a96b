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
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.dtype != weight.dtype)
            return Rows(x, weight.to(x.dtype), bias?.to(x.dtype));
        return IsOneRow(x, weight) ? Row(x, weight, bias) : Rows(x, weight, bias);
    }

    // As one matrix of rows: for more dimensions libtorch chooses its kernel by what needs a gradient, and a frozen layer
    // would give other last bits than one that learns.
    private static Tensor Rows(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.dim() == 2)
            return nn.functional.linear(x, weight, bias);

        long[] shape = x.shape;
        return nn.functional.linear(x.reshape(-1, shape[^1]), weight, bias).view([.. shape[..^1], -1]);
    }

    // One token of one row: a product of matrix and vector reads the weights once, as they lie; that of matrices repacks
    // them first (OpenBLAS, 2 cores: 25 against 9 GB/s).
    private static bool IsOneRow(Tensor x, Tensor weight) =>
        x.numel() == weight.size(1) && weight.device_type == TorchSharp.DeviceType.CPU && !is_grad_enabled();

    private static Tensor Row(Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor y = weight.mv(x.reshape(-1));
        return (bias is null ? y : y + bias).view([.. x.shape[..^1], -1]);
    }
}
