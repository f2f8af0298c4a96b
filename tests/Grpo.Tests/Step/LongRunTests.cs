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
    // a step, would be 90 MB in every 300 steps. Allocators keep freed pages, so resident memory may once grow by a hundred
    // megabytes and stay there: what grows in each stretch is a leak, what grows in one is not.
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
        var grown = new List<long>();
        for (int from = 101; from < 1000; from += 300)
        {
            run.Train(from, from + 299);
            grown.Add(Resident() - resident);
            resident += grown[^1];
        }

        Assert.Equal(tensors, EngineInfo.LiveTensors);
        Assert.InRange(grown.Min(), long.MinValue, 24L << 20);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
