using System.Globalization;
using Vlm.Layers;

namespace Vlm.LatentActions;

/// <summary>Whether what codes add to the world model fits into memory.</summary>
internal static class TableMemory
{
    /// <summary>Throws where the table of <see cref="MergeTable"/> would take more than half of the memory.</summary>
    /// <param name="config">K codes and so many blocks.</param>
    /// <param name="sizes">The width inside the blocks.</param>
    /// <param name="available">Bytes; null for those of this process.</param>
    /// <exception cref="UsageException">It does not fit.</exception>
    internal static void Check(LatentConfig config, DecoderConfig sizes, long? available = null)
    {
        if (config.HasFixedCodes)
            return;
        long needed = sizeof(float) * MergeTable.Numbers(config, sizes), there = available ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there / 2)
            throw new UsageException(
                $"what {config.Codes} codes add to {config.MergeBlocks} blocks of width {sizes.IntermediateSize} is a table of {Size(needed)}, "
                + $"and there are {Size(there)} of memory",
                $"{LatentCheckpoint.ConfigFile}, \"codes\"", "fewer codes, or a machine with more memory");
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
