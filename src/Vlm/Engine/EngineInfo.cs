using System.Globalization;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>What stands behind the tensors.</summary>
public static class EngineInfo
{
    /// <summary>libtorch's version, such as "2.10.0".</summary>
    public static string Version => string.Join('.', __version__.Split('.').Take(3));      // TorchSharp adds a fourth

    /// <summary>Tensors handed out and not yet disposed, of all threads: flat from step to step, or there is a leak.</summary>
    public static long LiveTensors => Tensor.TotalCount;

    /// <summary>Threads inside one operator.</summary>
    public static int Threads => get_num_threads();

    /// <summary>One line for logs: "libtorch 2.10.0, 2 threads".</summary>
    public static string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"libtorch {Version}, {Threads} threads");
}
