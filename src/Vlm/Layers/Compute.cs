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
    private const int MaxRows = 16;
    private const long MaxForOneThread = 1 << 18;

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
        return !AreFew(x, weight) ? Rows(x, weight, bias) : weight.dtype switch
        {
            ScalarType.Float32 => Few(x, weight, bias),
            ScalarType.BFloat16 => FewBFloat16(x, weight, bias),
            _ => Rows(x, weight, bias),
        };
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

    private static bool AreFew(Tensor x, Tensor weight) => x.numel() <= MaxRows * weight.size(1)
        && weight.device_type == DeviceType.CPU && !is_grad_enabled();

    private static unsafe Tensor Few(Tensor x, Tensor weight, Tensor? bias)
    {
        (int rows, int inputs, int outputs) = Sizes(x, weight);
        Tensor dense = x.contiguous(), result = empty([.. x.shape[..^1], outputs]);
        Multiply(TensorMemory.Floats(dense), rows, inputs, TensorMemory.Floats(weight), outputs, TensorMemory.Floats(result),
            bias is null ? null : TensorMemory.Floats(bias));
        GC.KeepAlive((dense, weight, bias));
        return result;
    }

    // Widened, summed in float32 with the bias, rounded once.
    private static unsafe Tensor FewBFloat16(Tensor x, Tensor weight, Tensor? bias)
    {
        (int rows, int inputs, int outputs) = Sizes(x, weight);
        Tensor dense = x.contiguous(), result = empty([.. x.shape[..^1], outputs], dtype: ScalarType.BFloat16);
        BFloat16* from = TensorMemory.BFloat16s(dense), to = TensorMemory.BFloat16s(result);
        BFloat16* start = bias is null ? null : TensorMemory.BFloat16s(bias);
        float[] wide = ArrayPool<float>.Shared.Rent(rows * inputs), sums = ArrayPool<float>.Shared.Rent(rows * outputs);
        for (int i = 0; i < rows * inputs; i++)
            wide[i] = (float)from[i];
        fixed (float* read = wide, written = sums)
            Multiply(read, rows, inputs, TensorMemory.BFloat16s(weight), outputs, written, bias: null, Round);
        ArrayPool<float>.Shared.Return(wide);
        ArrayPool<float>.Shared.Return(sums);
        GC.KeepAlive((dense, weight, bias));
        return result;

        void Round(int first, int end)
        {
            for (int r = 0; r < rows; r++)
                for (int o = first; o < end; o++)
                    to[r * outputs + o] = (BFloat16)(sums[r * outputs + o] + (start is null ? 0 : (float)start[o]));
        }
    }

    private static (int Rows, int Inputs, int Outputs) Sizes(Tensor x, Tensor weight) =>
        ((int)(x.numel() / weight.size(1)), (int)weight.size(1), (int)weight.size(0));

    // By all threads, each some of the outputs, with which it then does what is left to do.
    private static unsafe void Multiply<T>(
        float* x, int rows, int inputs, T* weight, int outputs, float* y, float* bias, Action<int, int>? then = null)
        where T : unmanaged => Team.Run((long)inputs * outputs < MaxForOneThread ? 1 : get_num_threads(), member =>
    {
        (int first, int end) = member.Share(outputs, 4);
        FewRows.Multiply(x, inputs, rows, inputs, weight + (long)first * inputs, inputs, end - first, y + first, outputs,
            bias is null ? null : bias + first);
        then?.Invoke(first, end);
    });
}
