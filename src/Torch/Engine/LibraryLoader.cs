using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Vlm.Engine;

/// <summary>Finds the bridge, and makes sure that fast kernels stand behind it before it loads.</summary>
internal static partial class LibraryLoader
{
    private const string FileName = "libvlmtorch.so";

    private static int _prepared;

    /// <summary>Installs the resolver once; every call to the bridge comes through here first.</summary>
    internal static void Prepare()
    {
        if (Interlocked.Exchange(ref _prepared, 1) != 0)
            return;

        NativeLibrary.SetDllImportResolver(typeof(LibraryLoader).Assembly, Resolve);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "vlmtorch")
            return 0;

        ChooseKernels();
        BoundSpinning();
        PreloadOpenMpBlas();
        string file = Candidates(assembly).FirstOrDefault(File.Exists) ?? throw new DllNotFoundException(
            $"{FileName} was not found; ./vlm setup builds it (looked in {string.Join(", ", Candidates(assembly))})");
        nint library = NativeLibrary.Load(file);
        WarnOfThreadedBlas();
        ChooseThreads(library);
        return library;
    }

    private static IEnumerable<string> Candidates(Assembly assembly)
    {
        if (Environment.GetEnvironmentVariable("VLM_NATIVE") is { Length: > 0 } named)
            yield return Path.Combine(named, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        foreach (AssemblyMetadataAttribute data in assembly.GetCustomAttributes<AssemblyMetadataAttribute>())
            if (data is { Key: "NativeFolder", Value: { } folder })
                yield return Path.Combine(folder, FileName);
    }

    /// <remarks>
    /// OpenBLAS 0.3.21 does not know CPUs newer than itself and falls back to AVX2 kernels; where the CPU has AVX-512 its
    /// SkylakeX kernels nearly double a matrix product. C's own setenv: .NET's does not reach native code.
    /// </remarks>
    private static void ChooseKernels()
    {
        if (Avx512F.IsSupported && Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") is null)
            _ = setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 0);
    }

    /// <remarks>
    /// GCC's OpenMP lets a thread that waits for another spin for milliseconds. Where another program holds a core, the
    /// spinner keeps the awaited thread from running: beside one busy program an update of ./vlm bench was measured at 1.8 s
    /// instead of 0.09, and with this bound at 0.3. On an idle machine the bound costs nothing that could be measured.
    /// </remarks>
    private static void BoundSpinning()
    {
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv("GOMP_SPINCOUNT", "3000", 0);
    }

    /// <remarks>
    /// Whichever BLAS the system prefers, a library already loaded under the same name is taken: so the OpenMP build wins
    /// wherever it is installed, without a change to the system.
    /// </remarks>
    private static void PreloadOpenMpBlas()
    {
        if (Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 })
            return;

        string folder = $"/usr/lib/{RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.Arm64 => "aarch64",
            _ => "x86_64",
        }}-linux-gnu/openblas-openmp";
        foreach (string library in (string[])["libopenblas.so.0", "libblas.so.3", "liblapack.so.3"])
            _ = NativeLibrary.TryLoad(Path.Combine(folder, library), out _);
    }

    /// <remarks>With OpenBLAS' own threads beside libtorch's, rollouts were measured 20 to 30 times slower.</remarks>
    private static void WarnOfThreadedBlas()
    {
        if (!File.Exists("/proc/self/maps"))
            return;

        string? wrong = File.ReadLines("/proc/self/maps")
            .FirstOrDefault(line => line.Contains("openblas-pthread", StringComparison.Ordinal));
        if (wrong is not null)
            Console.Error.WriteLine(
                "warning: the pthread build of OpenBLAS is loaded; its threads fight libtorch's and slow rollouts 20-fold."
                + " ./vlm setup installs libopenblas0-openmp.");
    }

    /// <remarks>
    /// One thread per physical core: two on one core share its multiplier. libtorch's own count comes from a library that sees
    /// one core in some virtual machines, which halves the speed of two.
    /// </remarks>
    private static unsafe void ChooseThreads(nint library)
    {
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 })
            return;

        var set = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "vt_set_threads");
        _ = set(Math.Clamp(PhysicalCores(), 1, Environment.ProcessorCount));
    }

    // Distinct (socket, core) pairs; all processors where the system does not tell.
    private static int PhysicalCores()
    {
        if (!File.Exists("/proc/cpuinfo"))
            return Environment.ProcessorCount;

        var cores = new HashSet<(string Socket, string Core)>();
        string socket = "";
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
            if (line.StartsWith("physical id", StringComparison.Ordinal))
                socket = line;
            else if (line.StartsWith("core id", StringComparison.Ordinal))
                cores.Add((socket, line));
        return cores.Count > 0 ? cores.Count : Environment.ProcessorCount;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
