using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vlm.Engine;

/// <summary>Loads exactly one libtorch, and the bridge that TorchSharp calls it through, before anything uses a tensor.</summary>
/// <remarks>
/// TorchSharp by itself takes whatever library of that name the system finds first. Two libtorchs in one process abort it,
/// a mixed one computes nonsense, and one of another version is called with the wrong layout. So files are named in full,
/// the first that is there in this order: the folder that LIBTORCH names, the program's own folders, the package folder.
/// What was loaded is then asked questions with known answers (<see cref="SelfCheck"/>).
/// </remarks>
public static class NativeLibraries
{
    /// <summary>Names another libtorch: a folder with its libraries, or with <c>lib/</c> in it.</summary>
    public const string Variable = "LIBTORCH";

    private static UsageException? s_problem;

    /// <summary>The folder of the libtorch in use; empty before <see cref="Require"/> and where loading failed.</summary>
    public static string Folder { get; private set; } = "";

    /// <summary>Says in three lines why there is no usable libtorch, where there is none.</summary>
    /// <exception cref="UsageException">None was found, it is damaged, there are two, or it has another layout.</exception>
    public static void Require()
    {
        if (s_problem is not null)
            throw s_problem;
    }

    // Before any code of this assembly, and so before any tensor it makes. What goes wrong is kept for Require: an exception
    // here would come out as a defect of whatever type is touched first.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp would else load by itself, at the first tensor anywhere")]
    internal static void Load()
    {
        try
        {
            Folder = Load(TorchFiles.Find(Environment.GetEnvironmentVariable(Variable)));
        }
        catch (UsageException problem)
        {
            s_problem = problem;
        }
    }

    private static string Load(TorchFiles files)
    {
        // What LD_PRELOAD brought along, for one.
        if (FoldersIn(MappedFiles()).FirstOrDefault(folder => folder != files.Folder) is { } other)
            throw TorchFiles.Two(files.Folder, other);

        BoundSpinning();
        foreach (string library in files.Libraries)
            Load(library);
        LoadBridge(files.Bridge);
        if (FoldersIn(MappedFiles()) is [var one, var two, ..])
            throw TorchFiles.Two(one, two);

        SelfCheck.Run(files.Folder);
        return files.Folder;
    }

    private static void Load(string library)
    {
        Whole(library);
        try
        {
            _ = NativeLibrary.Load(library);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw Unusable(library, Reason(error));
        }
    }

    // The bridge wants a C++ library of 2023. Where the system's is older, a copy that wants less takes its place.
    private static void LoadBridge(string bridge)
    {
        Whole(bridge);
        try
        {
            _ = NativeLibrary.Load(bridge);
        }
        catch (DllNotFoundException error) when (error.Message.Contains(BridgeCopy.Missing, StringComparison.Ordinal))
        {
            BridgeCopy.Load(bridge, Load);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw Unusable(bridge, Reason(error));
        }
    }

    // The dynamic loader maps a file that was cut short, and the process dies when it touches what is not there.
    private static void Whole(string library)
    {
        try
        {
            if (OperatingSystem.IsLinux() && !ElfFile.IsWhole(library))
                throw Unusable(library, "the file is cut short");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(library, error.Message);
        }
    }

    private static UsageException Unusable(string library, string why)
    {
        int package = library.Replace('\\', '/').LastIndexOf("/runtimes/", StringComparison.Ordinal);
        bool named = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));
        return new($"the native library cannot be loaded: {why}", library, named
            ? $"set {Variable} to a whole libtorch {TorchFiles.Version}, or unset it to use the package's"
            : package > 0 ? $"delete the package's folder {library[..package]}, then fetch it anew: dotnet restore"
            : "publish the program again, or delete the file to use the package's");
    }

    // .NET's first line is about tools for searching; the second is the dynamic loader's.
    private static string Reason(Exception error) => error.Message.Split('\n', StringSplitOptions.TrimEntries
        | StringSplitOptions.RemoveEmptyEntries) is [_, var loader, ..] ? loader : error.Message;

    // Idle OpenMP threads wait by spinning. Beside another busy program that makes a step 10 to 27 times slower, bounded 3
    // times. It is read when OpenMP loads, so it is set in the process' own environment, which .NET's copy is not.
    private static void BoundSpinning()
    {
        if (!OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironment("GOMP_SPINCOUNT", "3000", overwrite: 0);
    }

    /// <summary>Folders of every libtorch among the lines of a process' memory map.</summary>
    internal static string[] FoldersIn(IEnumerable<string> map) =>
        [.. map.Where(line => line.Contains("/libtorch_cpu.so", StringComparison.Ordinal))
            .Select(line => Path.GetDirectoryName(line[line.IndexOf('/', StringComparison.Ordinal)..])!).Distinct()];

    // Elsewhere than on Linux nothing tells.
    private static IEnumerable<string> MappedFiles()
    {
        const string Maps = "/proc/self/maps";
        return File.Exists(Maps) ? File.ReadLines(Maps) : [];
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
