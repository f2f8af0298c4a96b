using System.Globalization;

namespace Vlm.Tests.Images;

/// <summary>The most memory this process has had at once since a moment, native memory included; Linux tells.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status", Forget = "/proc/self/clear_refs", Peak = "VmHWM:";

    public static bool Known => OperatingSystem.IsLinux();

    /// <summary>Bytes; 0 where they are not known.</summary>
    public static long Bytes => !Known ? 0 : 1024 * long.Parse(
        File.ReadLines(Status).First(line => line.StartsWith(Peak, StringComparison.Ordinal))[Peak.Length..]
            .Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    /// <summary>Collects what is garbage and makes this the moment; gives the bytes of now.</summary>
    public static long Reset()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // proc(5): writing 5 sets the peak to what is resident now.
        if (Known)
            File.WriteAllText(Forget, "5");
        return Bytes;
    }
}
