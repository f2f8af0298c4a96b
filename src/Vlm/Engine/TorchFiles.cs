namespace Vlm.Engine;

/// <summary>The files of one libtorch, and of the bridge to it, before anything is loaded.</summary>
/// <param name="Folder">Where libtorch is.</param>
/// <param name="Libraries">Full paths, in the order in which they are loaded.</param>
/// <param name="Bridge">Full path of TorchSharp's own library.</param>
internal sealed record TorchFiles(string Folder, IReadOnlyList<string> Libraries, string Bridge)
{
    /// <summary>The version whose layout TorchSharp was compiled against.</summary>
    internal const string Version = "2.10";

    // Of this platform, without CUDA; TorchSharp-cuda-linux and TorchSharp-cuda-windows have it.
    private static readonly string s_package = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64"
        : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";

    // A library refers to those before it. The CUDA ones are there in a CUDA libtorch only.
    private static readonly string[] s_order = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    /// <summary>Looks in the folder named, else in the program's own, else where NuGet restored the package.</summary>
    /// <param name="named">What the environment names; null or empty for nothing.</param>
    /// <exception cref="UsageException">There is none, or the one that was named is not there.</exception>
    internal static TorchFiles Find(string? named) => Find(named, Here(), PackageRoots(), Configured);

    /// <summary>The same from given places.</summary>
    /// <param name="named">A folder with the libraries, or with <c>lib/</c> in it.</param>
    /// <param name="own">The program's own folders.</param>
    /// <param name="roots">Package folders.</param>
    /// <param name="configured">What the program's configuration says of a key; null for nothing.</param>
    internal static TorchFiles Find(
        string? named, IReadOnlyList<string> own, IReadOnlyList<string> roots, Func<string, string?> configured)
    {
        string[] packages = InPackages(roots, configured("Vlm.LibTorch"));
        string? folder = string.IsNullOrEmpty(named)
            ? own.Concat(packages).FirstOrDefault(HasTorch)
            : new[] { Path.Combine(named, "lib"), named }.FirstOrDefault(HasTorch)
                ?? throw new UsageException($"there is no {FileName("torch_cpu")} in the folder that {NativeLibraries.Variable} names",
                    $"{NativeLibraries.Variable}={named}", $"name the lib folder of a libtorch {Version}, or unset the variable");
        // The host would load the program's own as soon as TorchSharp asks for it by name.
        if (own.FirstOrDefault(HasTorch) is { } lying && Path.GetFullPath(lying) != Path.GetFullPath(folder!))
            throw Two(folder!, lying);
        if (folder is null)
            throw new UsageException($"there is no libtorch {Version} for this program",
                string.Join(", ", packages is [] ? own : packages),
                $"dotnet add package {s_package}, then build again; or set {NativeLibraries.Variable} to the lib folder of a libtorch {Version}");

        string bridge = FileName("LibTorchSharp");
        return new TorchFiles(
            folder, [.. s_order.Select(name => Path.Combine(folder, FileName(name))).Where(File.Exists)],
            own.Concat(InPackages(roots, configured("Vlm.LibTorchSharp"))).Select(place => Path.Combine(place, bridge))
                .FirstOrDefault(File.Exists) ?? throw new UsageException(
                    $"there is no {bridge}, the bridge between .NET and libtorch", AppContext.BaseDirectory,
                    "dotnet restore, then build again"));
    }

    /// <summary>What to say of two libtorchs that would meet in one process.</summary>
    internal static UsageException Two(string one, string other) => new(
        $"there would be two libtorchs in this process, {one} and {other}", other,
        $"leave one: unset {NativeLibraries.Variable}, LD_LIBRARY_PATH and LD_PRELOAD, or publish without natives");

    /// <summary>A library's file name on this platform.</summary>
    internal static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The user's folder, also where it is not there: paths below an empty name would be the working folder's.</summary>
    internal static string Home => Environment.GetFolderPath(
        Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    private static bool HasTorch(string folder) => File.Exists(Path.Combine(folder, FileName("torch_cpu")));

    private static string? Configured(string key) => AppContext.GetData(key) as string;

    private static string[] InPackages(IReadOnlyList<string> roots, string? folder) =>
        folder is null ? [] : [.. roots.Select(root => Path.Combine(root, folder))];

    // Where the host looks for natives that lie with the program or in packages it was told of.
    private static string[] Here() => [AppContext.BaseDirectory, .. Listed("NATIVE_DLL_SEARCH_DIRECTORIES")];

    private static string[] PackageRoots()
    {
        string? moved = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        string[] all = [.. string.IsNullOrEmpty(moved) ? [] : new[] { moved }, .. Listed("PROBING_DIRECTORIES"),
            Path.Combine(Home, ".nuget", "packages")];
        return [.. all.Select(Path.TrimEndingDirectorySeparator).Distinct()];
    }

    private static string[] Listed(string key) =>
        Configured(key)?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
}
