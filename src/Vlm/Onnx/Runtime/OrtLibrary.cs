using System.Reflection;
using System.Runtime.InteropServices;

namespace Vlm.Onnx.Runtime;

/// <summary>Finds and loads the native ONNX Runtime library.</summary>
internal static class OrtLibrary
{
    public const string Variable = "ONNXRUNTIME_LIBRARY";

    /// <summary>The loaded library and its file.</summary>
    public static (nint Library, string File) Load()
    {
        string file = Find(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory, NodeModules());
        return NativeLibrary.TryLoad(file, out nint library) ? (library, file) : throw new UsageException(
            "the ONNX Runtime library is there but does not load on this machine", file,
            $"{Variable}=/path/to/libonnxruntime.so");
    }

    /// <summary>The library a user named, else that of the NuGet package, else that of the npm package.</summary>
    /// <param name="named">A file, or null.</param>
    /// <param name="program">The program's folder, where NuGet packages lay their native files.</param>
    /// <param name="nodeModules">Where npm packages are, or null.</param>
    /// <exception cref="UsageException">None of them is there.</exception>
    public static string Find(string? named, string program, string? nodeModules)
    {
        if (!string.IsNullOrEmpty(named))
            return File.Exists(named) ? named : throw Missing($"{Variable}={named}");

        string package = Path.Combine(nodeModules ?? "node_modules", "onnxruntime-node");
        return OfPackages(program, package).FirstOrDefault(File.Exists) ?? throw Missing(package);
    }

    private static IEnumerable<string> OfPackages(string program, string npm)
    {
        string cpu = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        yield return Path.Combine(program, "runtimes", $"linux-{cpu}", "native", "libonnxruntime.so");
        yield return Path.Combine(program, "libonnxruntime.so");

        // The folder is named after a version of Node's own interface, which changes with the package's.
        string binaries = Path.Combine(npm, "bin");
        if (Directory.Exists(binaries))
            foreach (string folder in Directory.EnumerateDirectories(binaries, "napi-v*").Order(StringComparer.Ordinal))
                yield return Path.Combine(folder, "linux", cpu, "libonnxruntime.so.1");
    }

    private static UsageException Missing(string where) =>
        new("the ONNX Runtime library, which runs .onnx files, is not there", where, "./vlm setup");

    private static string? NodeModules() => typeof(OrtLibrary).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(item => item.Key == "NodeModules")?.Value;
}
