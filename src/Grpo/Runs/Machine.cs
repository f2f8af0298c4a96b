using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>What a result was measured on.</summary>
/// <param name="Processor">Name of the processor.</param>
/// <param name="Cores">Logical cores that the process may use.</param>
/// <param name="MemoryGb">Memory that the process may use, in GiB.</param>
/// <param name="System">Operating system.</param>
/// <param name="Dotnet">Version of .NET.</param>
public sealed record Machine(string Processor, int Cores, double MemoryGb, string System, string Dotnet)
{
    /// <summary>This machine.</summary>
    public static Machine Describe() => new(
        ProcessorName(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        RuntimeInformation.OSDescription,
        Environment.Version.ToString());

    /// <summary>
    /// The commit of the source tree that runs, with "-dirty" where files differ from it; null outside a git checkout.
    /// </summary>
    public static string? Commit()
    {
        if (SourceRoot() is not { } root)
            return null;
        try
        {
            using Process git = Process.Start(
                new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"])
                {
                    WorkingDirectory = root,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            string commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 && commit.Length > 0 ? commit : null;
        }
        catch (System.ComponentModel.Win32Exception)   // no git
        {
            return null;
        }
    }

    /// <summary>A device with its name and memory: "cpu (Intel Xeon, 2 threads, 23.4 GiB)".</summary>
    public static string Describe(torch.Device device) => Devices.Describe(device, ProcessorName());

    /// <summary>Largest resident memory of this process so far, in MiB.</summary>
    public static double PeakMemoryMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / (double)(1L << 20);
    }

    /// <summary>Resident memory of this process now, in MiB.</summary>
    public static double ResidentMemoryMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / (double)(1L << 20);
    }

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString().ToLower(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// A path of the project: as it is where it exists under the working directory, else under the folder with Vlm.sln
    /// above the program, so that a recipe finds what it ships with wherever it is started.
    /// </summary>
    /// <param name="relative">A path from the project's root.</param>
    /// <returns>A path that exists, or <paramref name="relative"/> where neither does.</returns>
    public static string InProject(string relative)
    {
        if (Path.Exists(relative) || SourceRoot() is not { } root)
            return relative;
        string path = Path.Combine(root, relative);
        return Path.Exists(path) ? path : relative;
    }

    private static string? SourceRoot() =>
        Above(AppContext.BaseDirectory).Concat(Above(Directory.GetCurrentDirectory()))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "Vlm.sln")));

    private static IEnumerable<string> Above(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
            yield return at.FullName;
    }
}
