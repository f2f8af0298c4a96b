using System.Security.Cryptography;

namespace Vlm.Engine;

/// <summary>A copy of TorchSharp's library for systems whose C++ library is older than GCC 13: Debian 12, Ubuntu 22.04, RHEL 9.</summary>
/// <remarks>
/// It wants one symbol of GLIBCXX_3.4.32, an empty function that makes sure that iostreams are initialised; older C++
/// libraries do that by themselves. In the copy that call goes to <c>getpid</c>, which does as little. glibc 2.34 is the floor.
/// </remarks>
internal static class BridgeCopy
{
    /// <summary>What the dynamic loader names when the C++ library is too old.</summary>
    internal const string Missing = "GLIBCXX_3.4.32";

    private const string Symbol = "_ZSt21ios_base_library_initv", Instead = "getpid";

    /// <summary>
    /// Loads a copy from the user's cache, or, where that cannot be written, from a folder that goes once it is loaded.
    /// </summary>
    /// <param name="bridge">The original.</param>
    /// <param name="load">Loads a library by its path.</param>
    /// <exception cref="UsageException">The library needs more than this symbol, or no folder can be written.</exception>
    internal static void Load(string bridge, Action<string> load)
    {
        byte[] library = File.ReadAllBytes(bridge);
        string name = $"LibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(library))[..16]}.so";
        if (!ElfFile.Replace(library, Symbol, Instead, Missing))
            throw new UsageException(
                $"the C++ library of this system is too old for TorchSharp: it lacks {Missing}", bridge,
                "a system with GCC 13's C++ library: Debian 13, Ubuntu 24.04, RHEL 10 or newer");

        if (Kept(CacheFolder(), name, library) is { } kept)
            load(kept);
        else
            LoadOnce(Path.Combine(Path.GetTempPath(), $"vlm-{Guid.NewGuid():N}"), name, library, load);
    }

    // Linux keeps a mapped file that was deleted for as long as it is mapped.
    private static void LoadOnce(string folder, string name, byte[] library, Action<string> load)
    {
        try
        {
            load(Kept(folder, name, library) ?? throw new UsageException(
                "there is no folder for a copy of TorchSharp's library, which this system is too old for",
                $"{CacheFolder()}, {Path.GetTempPath()}", "set XDG_CACHE_HOME to a folder that can be written"));
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Where copies are kept: <c>vlm</c> in the user's cache.</summary>
    internal static string CacheFolder() => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(TorchFiles.Home, ".cache"), "vlm");

    /// <summary>The file in the folder, written unless it is there with these bytes; null where the folder cannot be written.</summary>
    internal static string? Kept(string folder, string name, byte[] content)
    {
        string path = Path.Combine(folder, name), partial = $"{path}.{Guid.NewGuid():N}";
        try
        {
            if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
                return path;

            Directory.CreateDirectory(folder);
            File.WriteAllBytes(partial, content);
            File.Move(partial, path, overwrite: true);      // a rename: processes that have the old one keep it
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(partial))
                File.Delete(partial);
            return null;
        }
    }
}
