using System.Buffers;
using TorchSharp;
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
        weight.dtype == ScalarType.Float16 && weight.device.type == DeviceType.CPU
            ? ScalarType.Float32 : weight.dtype;

    /// <summary>x W^T + b in the type of x.</summary>
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.dtype != weight.dtype)
            return Rows(x, weight.to(x.dtype), bias?.to(x.dtype));
        if (AreFew(x, weight))
            return weight.dtype == ScalarType.Float32 ? Few(x, weight, bias)
                : weight.dtype == ScalarType.BFloat16 ? FewHalves(x, weight, bias) : Rows(x, weight, bias);
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
        && weight.device_type == DeviceType.CPU && !is_grad_enabled();

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

    // bfloat16: widened, summed in float32 with the bias, rounded once.
    private static unsafe Tensor FewHalves(Tensor x, Tensor weight, Tensor? bias)
    {
        (int inputs, int outputs, int rows) = ((int)weight.size(1), (int)weight.size(0), (int)(x.numel() / weight.size(1)));
        Tensor dense = x.contiguous(), result = empty([.. x.shape[..^1], outputs], dtype: ScalarType.BFloat16);
        (nint from, nint weights, nint to) = ((nint)TensorMemory.Halves(dense), (nint)TensorMemory.Halves(weight),
            (nint)TensorMemory.Halves(result));
        nint start = bias is null ? 0 : (nint)TensorMemory.Halves(bias);
        float[] wide = ArrayPool<float>.Shared.Rent(rows * inputs), sums = ArrayPool<float>.Shared.Rent(rows * outputs);
        for (int i = 0; i < rows * inputs; i++)
            wide[i] = (float)((BFloat16*)from)[i];
        Team.Run((long)inputs * outputs < MostForOne ? 1 : get_num_threads(), member =>
        {
            (int first, int end) = member.Share(outputs, 4);
            fixed (float* read = wide, written = sums)
                FewRows.Multiply(read, inputs, rows, inputs, (BFloat16*)weights + (long)first * inputs, inputs, end - first,
                    written + first, outputs);
            for (int r = 0; r < rows; r++)
                for (int o = r * outputs + first; o < r * outputs + end; o++)
                    ((BFloat16*)to)[o] =
                        (BFloat16)(sums[o] + (start == 0 ? 0 : (float)((BFloat16*)start)[o - r * outputs]));
        });
        ArrayPool<float>.Shared.Return(wide);
        ArrayPool<float>.Shared.Return(sums);
        GC.KeepAlive((dense, weight, bias));
        return result;
    }
}
