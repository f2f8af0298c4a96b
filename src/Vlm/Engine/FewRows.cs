using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Vlm.Engine;

/// <summary>y = s + x W^T for a few rows x, on the processor, in the layout in which checkpoints keep W.</summary>
/// <remarks>
/// A token of each row of a group is a product of 1 to some 30 rows with matrices that fit no cache, so it should take as long
/// as reading W once. Libraries are made for many rows. Measured on two cores of a Zen 4 server, 8 rows, the sizes of a model
/// of 256 million weights: a step through the layers takes 13.8 ms here, which reads at 30 GB/s, and 38 ms by MKL; the output
/// layer 3.0 and 15 ms. Four rows meet four rows of W in sixteen registers. Each number is the same sum in the same order
/// whatever stands beside it, so a rollout does not depend on the batch it is sampled in. W is float32, or bfloat16, which is
/// widened in registers: half the bytes are read.
/// </remarks>
internal static unsafe class FewRows
{
    private const int Block = 4;

    /// <summary>y[r, o] = s[r, o] + sum over i of x[r, i] w[o, i].</summary>
    /// <param name="x">[rows, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="xStride">Numbers from one row to the next.</param>
    /// <param name="rows">Rows of x, s and y.</param>
    /// <param name="inputs">Columns of x and w.</param>
    /// <param name="w">[outputs, inputs], rows <paramref name="wStride"/> apart.</param>
    /// <param name="wStride">Numbers from one row to the next.</param>
    /// <param name="outputs">Rows of w.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart; may be s.</param>
    /// <param name="yStride">Numbers from one row to the next.</param>
    /// <param name="s">[rows, outputs], rows <paramref name="sStride"/> apart, 0 for one that all share; null for none.</param>
    /// <param name="sStride">Numbers from one row to the next.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="BFloat16"/>.</typeparam>
    internal static void Multiply<T>(
        float* x, nint xStride, int rows, int inputs, T* w, nint wStride, int outputs, float* y, nint yStride,
        float* s = null, nint sStride = 0)
        where T : unmanaged
    {
        float* sums = stackalloc float[Block * Block];
        for (int o = 0; o < outputs; o += Block)
        {
            int across = Math.Min(Block, outputs - o);
            for (int r = 0; r < rows; r += Block)
            {
                int down = Math.Min(Block, rows - r);
                Sums(x + r * xStride, xStride, down, w + o * wStride, wStride, across, inputs, sums);
                for (int i = 0; i < down; i++)
                    for (int j = 0; j < across; j++)
                        y[(r + i) * yStride + o + j] =
                            (s is null ? 0 : s[(r + i) * sStride + o + j]) + sums[i * Block + j];
            }
        }
    }

    // [down, across] products into sums, rows of four. Each sum is made of the same parts in the same order in all shapes.
    private static void Sums<T>(
        float* x, nint xStride, int down, T* w, nint wStride, int across, int inputs, float* sums)
        where T : unmanaged
    {
        if (down == Block && across == Block)
        {
            FourByFour(x, xStride, w, wStride, inputs, sums);
            return;
        }
        for (int i = 0; i < down; i++)
            if (across == Block)
                OneByFour(x + i * xStride, w, wStride, inputs, sums + i * Block);
            else
                for (int j = 0; j < across; j++)
                    sums[i * Block + j] = One(x + i * xStride, w + j * wStride, inputs);
    }

    private static void FourByFour<T>(float* x, nint xStride, T* w, nint wStride, int inputs, float* sums)
        where T : unmanaged
    {
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
        T* w1 = w + wStride, w2 = w1 + wStride, w3 = w2 + wStride;
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default,
            b3 = default, c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default,
            d3 = default;
        int whole = inputs - inputs % Vector<float>.Count;
        T* next = w + Block * wStride;
        for (int k = 0; k < whole; k += Vector<float>.Count)
        {
            Announce(next + k, wStride, k);
            Vector<float> v0 = Load(w + k), v1 = Load(w1 + k), v2 = Load(w2 + k), v3 = Load(w3 + k);
            Vector<float> u = Vector.Load(x + k);
            (a0, a1, a2, a3) = (Fma(u, v0, a0), Fma(u, v1, a1), Fma(u, v2, a2), Fma(u, v3, a3));
            u = Vector.Load(x1 + k);
            (b0, b1, b2, b3) = (Fma(u, v0, b0), Fma(u, v1, b1), Fma(u, v2, b2), Fma(u, v3, b3));
            u = Vector.Load(x2 + k);
            (c0, c1, c2, c3) = (Fma(u, v0, c0), Fma(u, v1, c1), Fma(u, v2, c2), Fma(u, v3, c3));
            u = Vector.Load(x3 + k);
            (d0, d1, d2, d3) = (Fma(u, v0, d0), Fma(u, v1, d1), Fma(u, v2, d2), Fma(u, v3, d3));
        }
        Put(sums, a0, a1, a2, a3);
        Put(sums + 4, b0, b1, b2, b3);
        Put(sums + 8, c0, c1, c2, c3);
        Put(sums + 12, d0, d1, d2, d3);
        if (whole == inputs)
            return;
        for (int i = 0; i < Block; i++)
            for (int j = 0; j < Block; j++)
                sums[i * Block + j] += Rest(x + i * xStride, w + j * wStride, whole, inputs);
    }

    private static void OneByFour<T>(float* x, T* w, nint wStride, int inputs, float* sums)
        where T : unmanaged
    {
        T* w1 = w + wStride, w2 = w1 + wStride, w3 = w2 + wStride;
        T* next = w + Block * wStride;
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default;
        int whole = inputs - inputs % Vector<float>.Count;
        for (int k = 0; k < whole; k += Vector<float>.Count)
        {
            Announce(next + k, wStride, k);
            Vector<float> u = Vector.Load(x + k);
            a0 = Fma(u, Load(w + k), a0);
            a1 = Fma(u, Load(w1 + k), a1);
            a2 = Fma(u, Load(w2 + k), a2);
            a3 = Fma(u, Load(w3 + k), a3);
        }
        Put(sums, a0, a1, a2, a3);
        if (whole == inputs)
            return;
        for (int j = 0; j < Block; j++)
            sums[j] += Rest(x, w + j * wStride, whole, inputs);
    }

    private static float One<T>(float* x, T* w, int inputs)
        where T : unmanaged
    {
        Vector<float> sum = default;
        int whole = inputs - inputs % Vector<float>.Count;
        for (int k = 0; k < whole; k += Vector<float>.Count)
            sum = Fma(Vector.Load(x + k), Load(w + k), sum);
        return whole == inputs ? Vector.Sum(sum) : Vector.Sum(sum) + Rest(x, w, whole, inputs);
    }

    private static float Rest<T>(float* x, T* w, int from, int to)
        where T : unmanaged
    {
        float sum = 0;
        for (int k = from; k < to; k++)
            sum = MathF.FusedMultiplyAdd(x[k], typeof(T) == typeof(float) ? *(float*)(w + k) : (float)((BFloat16*)w)[k], sum);
        return sum;
    }

    // Asks for the next four rows of W while these four are multiplied: without it multiplying and reading take turns, which
    // halves the speed. Asking for what is past the end does no harm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Announce<T>(T* next, nint wStride, int k)
        where T : unmanaged
    {
        const int Line = 64;
        if (!Sse.IsSupported || k % (Line / sizeof(T)) != 0)
            return;
        Sse.Prefetch1(next);
        Sse.Prefetch1(next + wStride);
        Sse.Prefetch1(next + 2 * wStride);
        Sse.Prefetch1(next + 3 * wStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load<T>(T* w)
        where T : unmanaged => typeof(T) == typeof(float) ? Vector.Load((float*)w) : Widen((ushort*)w);

    // bfloat16 is the upper half of a float32.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Widen(ushort* from)
    {
        const int Half = 16;
        if (Vector<float>.Count == Vector512<float>.Count)
            return (Vector512.WidenLower(Vector256.Load(from).ToVector512Unsafe()) << Half).AsSingle().AsVector();
        return Vector<float>.Count == Vector256<float>.Count
            ? (Vector256.WidenLower(Vector128.Load(from).ToVector256Unsafe()) << Half).AsSingle().AsVector()
            : (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsUInt16()) << Half).AsSingle().AsVector();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Fma(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d)
    {
        sums[0] = Vector.Sum(a);
        sums[1] = Vector.Sum(b);
        sums[2] = Vector.Sum(c);
        sums[3] = Vector.Sum(d);
    }
}
