using System.Diagnostics;
using TorchSharp;
using Vlm.Engine;
using Vlm.Grpo.Tests.Adapters;

namespace Vlm.Grpo.Tests.Step;

/// <summary>A thousand steps of a real model take the memory of a hundred.</summary>
public sealed class LongRunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-long-");

    public void Dispose() => _folder.Delete(recursive: true);

    // A leak of one small tensor a step would show in the count at once; one of the smallest model's activations, some 300 KB
    // a step, would be 270 MB of memory. Allocators keep freed pages, so resident memory may wander by some megabytes.
    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void Live_tensors_and_resident_memory_are_flat(torch.ScalarType type)
    {
        TinyRun.Make(Path.Combine(_folder.FullName, "model"));
        var run = new TinyRun(Path.Combine(_folder.FullName, "model"), new ModelOptions
        {
            Dtype = type == torch.ScalarType.BFloat16 ? Precision.BFloat16 : Precision.Float32,
        });

        run.Train(1, 100);
        // What earlier tests left to the garbage collector is gone before tensors are counted.
        (long resident, long tensors) = (Resident(), EngineInfo.LiveTensors);
        run.Train(101, 1000);

        Assert.Equal(tensors, EngineInfo.LiveTensors);
        Assert.InRange(Resident() - resident, long.MinValue, 24L << 20);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
