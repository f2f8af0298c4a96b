using Vlm.Engine;

namespace Vlm.Tests;

/// <summary>A count of live tensors that later counts can be held to.</summary>
internal static class TensorCount
{
    /// <summary>The tensors alive once those that earlier tests dropped are finalized and no thread is making or freeing any.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        (long seen, int times) = (EngineInfo.LiveTensors, 0);
        for (int look = 0; times < 5 && look < 1000; look++)
        {
            Thread.Sleep(2);
            long now = EngineInfo.LiveTensors;
            (seen, times) = (now, now == seen ? times + 1 : 0);
        }

        return seen;
    }
}
