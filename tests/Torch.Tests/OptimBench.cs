using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Parameters, gradients and numbers for the optimizer tests.</summary>
internal static class OptimBench
{
    internal static Parameter Weight(params double[] values)
    {
        using Tensor data = tensor(values);
        return new Parameter(data);
    }

    internal static void Give(Parameter parameter, params double[] gradient)
    {
        using Tensor values = tensor(gradient);
        parameter.grad = values;
    }

    internal static void Step(optim.Optimizer optimizer, Parameter parameter, params double[] gradient)
    {
        Give(parameter, gradient);
        optimizer.step();
    }

    internal static double[] Values(Tensor tensor) => tensor.detach().data<double>().ToArray();

    internal static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }

    /// <summary>Numbers between -1 and 1 without a period.</summary>
    internal static double[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => Math.Sin(1 + i * 1.7 + seed * 12.9))];
}
