using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>What computes.</summary>
public enum OnnxProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA card; what it cannot do stays with the processor.</summary>
    Cuda,
}

/// <summary>How a session runs.</summary>
public sealed record OnnxOptions
{
    /// <summary>What computes.</summary>
    public OnnxProvider Provider { get; init; } = OnnxProvider.Cpu;

    /// <summary>The number of the card, from 0; of no effect on the processor.</summary>
    public int Device { get; init; }

    /// <summary>Threads within one operator; 0 takes as many as the tensor engine computes with.</summary>
    public int Threads { get; init; }

    /// <summary>How far ONNX Runtime rewrites the graph as it loads it.</summary>
    public GraphOptimizationLevel Optimisation { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>
    /// Lets threads wait for work by looping, which is ONNX Runtime's own default: quicker where it has the cores for
    /// itself, and far slower where the tensor engine or another program computes beside it.
    /// </summary>
    public bool Spin { get; init; }

    /// <summary>The same in the package's own words.</summary>
    /// <exception cref="UsageException">The library has no CUDA, or it does not work here.</exception>
    internal SessionOptions Session()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(Device);
        OnnxEnvironment.Require();
        var session = new SessionOptions
        {
            GraphOptimizationLevel = Optimisation,
            IntraOpNumThreads = Threads > 0 ? Threads : get_num_threads(),
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", Spin ? "1" : "0");
        if (Provider == OnnxProvider.Cuda)
            AddCuda(session);
        return session;
    }

    /// <summary>Where outputs lie that stay where the session computes.</summary>
    internal OrtMemoryInfo Memory() => Provider == OnnxProvider.Cuda
        ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.ArenaAllocator, Device, OrtMemType.Default)
        : OrtMemoryInfo.DefaultInstance;

    private void AddCuda(SessionOptions session)
    {
        try
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new() { ["device_id"] = Device.ToString(CultureInfo.InvariantCulture) });
            session.AppendExecutionProvider_CUDA(cuda);
        }
        catch (Exception error) when (error is OnnxRuntimeException or EntryPointNotFoundException)
        {
            session.Dispose();
            throw new UsageException("the ONNX Runtime here does not compute with CUDA: "
                + (error is OnnxRuntimeException said ? OnnxEnvironment.Line(said, "") : "it was built without"),
                $"CUDA card {Device}", "the processor; or a build with -p:Torch=cuda, which takes the package Microsoft.ML.OnnxRuntime.Gpu.Linux");
        }
    }
}
