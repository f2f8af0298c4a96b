using System.Reflection;
using System.Runtime.InteropServices;

namespace Vlm.Tables;

/// <summary>Finds and loads the native DuckDB library.</summary>
internal static class DuckDbLibrary
{
    public const string Variable = "DUCKDB_LIBRARY";
    private const string InPackage = "@duckdb/node-bindings-linux-x64/libduckdb.so";

    /// <summary>The loaded library.</summary>
    public static nint Load() => Load(Environment.GetEnvironmentVariable(Variable), NodeModules());

    /// <summary>The library a user named, or that of the npm package.</summary>
    public static nint Load(string? named, string? nodeModules)
    {
        string file = string.IsNullOrEmpty(named) ? Path.Combine(nodeModules ?? "node_modules", InPackage) : named;
        if (!File.Exists(file))
            throw new UsageException(
                "the DuckDB library, which reads and writes Parquet, is not there",
                string.IsNullOrEmpty(named) ? file : $"{Variable}={file}",
                "./vlm setup");
        if (!NativeLibrary.TryLoad(file, out nint library))
            throw new UsageException(
                "the DuckDB library is there but does not load on this machine",
                file,
                $"{Variable}=/path/to/libduckdb.so");
        return library;
    }

    private static string? NodeModules() => typeof(DuckDbLibrary).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(item => item.Key == "NodeModules")?.Value;
}
