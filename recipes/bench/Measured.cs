using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using Vlm.Engine;

/// <summary>Memory of this process and of its GPU, and times.</summary>
static class Measured
{
    /// <summary>Bytes that are resident now.</summary>
    public static long Resident() => Memory("VmRSS:");

    /// <summary>Most bytes that were resident since <see cref="ForgetPeak"/>.</summary>
    public static long Peak() => Memory("VmHWM:");

    /// <summary>The peak starts again from here.</summary>
    public static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>
    /// Adds the most memory that the process ever had resident, and, on a GPU, what is taken of the GPU's: libtorch gives
    /// nothing back, so that is the most it ever needed, and the driver's own.
    /// </summary>
    public static Dictionary<string, object> WithMemory(this Dictionary<string, object> line, torch.Device device)
    {
        using var process = Process.GetCurrentProcess();
        line["peak_rss_mb"] = Math.Round(process.PeakWorkingSet64 / 1e6);
        if (Devices.MemoryInUse(device) is { } bytes)
            line["gpu_mb"] = Math.Round(bytes / 1e6);
        return line;
    }

    /// <summary>Waits for what a GPU was given to do, so that a clock tells how long that took.</summary>
    public static void Finished(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
            torch.cuda.synchronize();
    }

    /// <summary>Takes an answer to its end.</summary>
    /// <returns>Seconds to the first token, the others in a second, and all of them.</returns>
    public static (double First, double Rate, int[] Tokens) Answer(IEnumerable<int> stream)
    {
        double first = 0;
        var tokens = new List<int>();
        var clock = Stopwatch.StartNew();
        foreach (int token in stream)
        {
            first = tokens.Count == 0 ? clock.Elapsed.TotalSeconds : first;
            tokens.Add(token);
        }
        return (first, (tokens.Count - 1) / (clock.Elapsed.TotalSeconds - first), [.. tokens]);
    }

    // "VmHWM:    613276 kB"
    private static long Memory(string field) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
}
