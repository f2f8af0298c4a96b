using System.Numerics;

namespace Vlm.Engine;

/// <summary>What lies between the products of a decoder layer, over a row of numbers each.</summary>
internal static unsafe class Loops
{
    /// <summary>y = w x / sqrt(mean(x^2) + epsilon): a root mean square norm; y may be x.</summary>
    internal static void RootNorm(float* x, float* w, float* y, int count, double epsilon)
    {
        Vector<float> squares = default;
        int whole = count - count % Vector<float>.Count;
        for (int i = 0; i < whole; i += Vector<float>.Count)
        {
            Vector<float> v = Vector.Load(x + i);
            squares = Vector.FusedMultiplyAdd(v, v, squares);
        }
        float sum = Vector.Sum(squares);
        for (int i = whole; i < count; i++)
            sum += x[i] * x[i];

        float scale = 1 / MathF.Sqrt((float)(sum / count + epsilon));
        for (int i = 0; i < whole; i += Vector<float>.Count)
            (Vector.Load(x + i) * scale * Vector.Load(w + i)).Store(y + i);
        for (int i = whole; i < count; i++)
            y[i] = x[i] * scale * w[i];
    }

    /// <summary>Turns one head's vector in place, and scales it: channel i with channel i + d/2, as <c>Rope</c> does.</summary>
    /// <param name="x">[d]</param>
    /// <param name="cos">[d]</param>
    /// <param name="sin">[d], negative in the first half.</param>
    /// <param name="d">Even.</param>
    /// <param name="scale">Factor of the result.</param>
    internal static void Rotate(float* x, float* cos, float* sin, int d, float scale)
    {
        int half = d / 2;
        for (int i = 0; i < half; i++)
        {
            (float low, float high) = (x[i], x[i + half]);
            x[i] = scale * (low * cos[i] + high * sin[i]);
            x[i + half] = scale * (high * cos[i + half] + low * sin[i + half]);
        }
    }

    /// <summary>x = softmax(x), in place.</summary>
    internal static void Softmax(float* x, int count)
    {
        float largest = float.NegativeInfinity;
        for (int i = 0; i < count; i++)
            largest = Math.Max(largest, x[i]);

        int whole = count - count % Vector<float>.Count;
        Vector<float> sums = default;
        for (int i = 0; i < whole; i += Vector<float>.Count)
        {
            Vector<float> exponential = Vector.Exp(Vector.Load(x + i) - new Vector<float>(largest));
            exponential.Store(x + i);
            sums += exponential;
        }
        float sum = Vector.Sum(sums);
        for (int i = whole; i < count; i++)
            sum += x[i] = MathF.Exp(x[i] - largest);

        float share = 1 / sum;
        for (int i = 0; i < whole; i += Vector<float>.Count)
            (Vector.Load(x + i) * share).Store(x + i);
        for (int i = whole; i < count; i++)
            x[i] *= share;
    }

    /// <summary>gate = gate / (1 + exp(-gate)) * up, in place.</summary>
    internal static void Gated(float* gate, float* up, int count)
    {
        int whole = count - count % Vector<float>.Count;
        for (int i = 0; i < whole; i += Vector<float>.Count)
        {
            Vector<float> g = Vector.Load(gate + i);
            (g / (Vector<float>.One + Vector.Exp(-g)) * Vector.Load(up + i)).Store(gate + i);
        }
        for (int i = whole; i < count; i++)
            gate[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }
}
