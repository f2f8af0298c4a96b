using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Comparisons of tensors with numbers.</summary>
internal static class Expect
{
    /// <summary>The shape and, in row-major order, the numbers; exact unless a relative tolerance is given.</summary>
    internal static void Numbers(Tensor actual, long[] shape, double[] expected, double tolerance = 0)
    {
        using (actual)
        {
            Assert.Equal(shape, actual.shape);
            double[] numbers = Of(actual);
            Assert.Equal(expected.Length, numbers.Length);
            for (int i = 0; i < expected.Length; i++)
                Close(expected[i], numbers[i], tolerance, i);
        }
    }

    /// <summary>A tensor of one dimension.</summary>
    internal static void Row(Tensor actual, params double[] expected) => Numbers(actual, [expected.Length], expected);

    /// <summary>A tensor without dimensions.</summary>
    internal static void Number(double expected, Tensor actual, double tolerance = 0) =>
        Numbers(actual, [], [expected], tolerance);

    internal static double[] Of(Tensor tensor)
    {
        using Tensor numbers = tensor.detach().to(ScalarType.Float64, disposeAfter: true);
        return numbers.data<double>().ToArray();
    }

    internal static Tensor Row(params double[] numbers) => tensor(numbers);

    /// <summary>Frees what earlier tests left to the collector, so that live tensors can be counted.</summary>
    internal static void Settled()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static void Close(double expected, double actual, double tolerance, int place)
    {
        bool same = expected.Equals(actual)
            || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected));
        Assert.True(same, $"number {place} is {actual:R}, expected {expected:R}");
    }
}
