using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>The type that weights are computed with.</summary>
internal static class Compute
{
    // Rows that take about as long as one: reading the weights is what takes the time. And numbers of weights that are not
    // worth a second thread.
    private const int MostRows = 16;
    private const long MostForOne = 1 << 18;

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
        if (AreFew(x, weight))
            return weight.dtype == ScalarType.Float32 ? Few(x, weight, bias)
                : x.numel() == weight.size(1) ? Row(x, weight, bias) : Rows(x, weight, bias);
        return Rows(x, weight, bias);
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

    private static bool AreFew(Tensor x, Tensor weight) => x.numel() <= MostRows * weight.size(1)
        && weight.device_type == TorchSharp.DeviceType.CPU && !is_grad_enabled();

    private static unsafe Tensor Few(Tensor x, Tensor weight, Tensor? bias)
    {
        (int inputs, int outputs, int rows) = ((int)weight.size(1), (int)weight.size(0), (int)(x.numel() / weight.size(1)));
        Tensor dense = x.contiguous(), result = empty([.. x.shape[..^1], outputs]);
        (nint from, nint weights, nint to) = ((nint)TensorMemory.Floats(dense), (nint)TensorMemory.Floats(weight),
            (nint)TensorMemory.Floats(result));
        nint start = bias is null ? 0 : (nint)TensorMemory.Floats(bias);
        Team.Run((long)inputs * outputs < MostForOne ? 1 : get_num_threads(), member =>
        {
            (int first, int end) = member.Share(outputs, 4);
            FewRows.Multiply((float*)from, inputs, rows, inputs, (float*)weights + (long)first * inputs, inputs, end - first,
                (float*)to + first, outputs, start == 0 ? null : (float*)start + first);
        });
        GC.KeepAlive((dense, weight, bias));
        return result;
    }

    // bfloat16: a product of matrix and vector reads the weights as they lie; that of matrices repacks them first.
    private static Tensor Row(Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor y = weight.mv(x.reshape(-1));
        return (bias is null ? y : y + bias).view([.. x.shape[..^1], -1]);
    }
}
