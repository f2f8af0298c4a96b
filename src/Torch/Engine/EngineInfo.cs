using System.Globalization;
using System.Runtime.InteropServices;

namespace Vlm.Engine;

/// <summary>What stands behind the tensors.</summary>
public static class EngineInfo
{
    /// <summary>libtorch's version, such as "1.13.1".</summary>
    public static unsafe string Version => Marshal.PtrToStringUTF8((nint)Native.vt_version())!;

    internal static bool IsAtLeast(int major, int minor)
    {
        int[] parts = [.. Version.Split('.').Take(2).Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return (parts[0], parts[1]).CompareTo((major, minor)) >= 0;
    }

    /// <summary>Native tensors handed out and not yet given back: flat from step to step, or there is a leak.</summary>
    public static long LiveTensors => Native.vt_live();

    /// <summary>Threads inside one operator.</summary>
    public static int Threads => Native.vt_threads();

    /// <summary>The file of the linear algebra library in use, or "inside libtorch".</summary>
    public static string Blas
    {
        get
        {
            _ = Version;   // loads the libraries
            const string Maps = "/proc/self/maps";
            IEnumerable<string> lines = File.Exists(Maps) ? File.ReadLines(Maps) : [];
            IEnumerable<string> files = lines.Select(line => line[(line.LastIndexOf(' ') + 1)..]);
            return files.FirstOrDefault(IsBlas) ?? "inside libtorch";
        }
    }

    /// <summary>One line for logs: "libtorch 1.13.1, 2 threads, /usr/lib/.../libblas.so.3".</summary>
    public static string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"libtorch {Version}, {Threads} threads, {Blas}");

    private static bool IsBlas(string file)
    {
        string name = Path.GetFileName(file);
        return name.StartsWith("libopenblas", StringComparison.Ordinal)
            || name.StartsWith("libmkl", StringComparison.Ordinal)
            || name.StartsWith("libblas", StringComparison.Ordinal);
    }
}
