using Vlm.Engine;

namespace Vlm.Tests.Engine;

/// <summary>Which libtorch is taken. The files are empty: nothing is loaded.</summary>
public sealed class TorchFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("vlm-natives-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_package_is_found_below_the_first_package_folder_that_has_it()
    {
        string torch = Library("cache/torch", "torch_cpu", "c10", "torch"), bridge = Library("cache/bridge", "LibTorchSharp");

        TorchFiles found = Find(null, own: [], roots: ["elsewhere", "cache"]);
        Assert.Equal(torch, found.Folder);
        Assert.Equal(["c10", "torch_cpu", "torch"], found.Libraries.Select(Named));
        Assert.Equal(Path.Combine(bridge, TorchFiles.FileName("LibTorchSharp")), found.Bridge);
    }

    [Theory]
    [InlineData("named")]
    [InlineData("named/lib")]
    public void What_the_variable_names_goes_before_the_package(string place)
    {
        Library("cache/torch", "torch_cpu");
        Library("cache/bridge", "LibTorchSharp");
        string named = Library(place, "torch_cpu", "c10", "torch_cuda", "c10_cuda", "torch");

        TorchFiles found = Find(At("named"), own: [], roots: ["cache"]);
        Assert.Equal(named, found.Folder);
        Assert.Equal(["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"], found.Libraries.Select(Named));
    }

    [Fact]
    public void A_published_programs_own_goes_before_the_package()
    {
        Library("cache/torch", "torch_cpu");
        string own = Library("app", "torch_cpu", "LibTorchSharp");

        Assert.Equal(own, Find(null, own: ["app"], roots: ["cache"]).Folder);
    }

    [Fact]
    public void Two_are_refused_before_either_is_loaded()
    {
        string own = Library("app", "torch_cpu", "LibTorchSharp"), named = Library("named", "torch_cpu");

        var error = Assert.Throws<UsageException>(() => Find(named, own: ["app"], roots: []));
        Assert.Equal($"there would be two libtorchs in this process, {named} and {own}", error.Message);
        Assert.Contains("unset LIBTORCH", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_told_with_the_places_that_were_looked_at()
    {
        var error = Assert.Throws<UsageException>(() => Find(null, own: [], roots: ["cache"]));
        Assert.Equal(("there is no libtorch 2.10 for this program", At("cache/torch")), (error.Message, error.Where));
        Assert.Contains("dotnet add package libtorch-cpu-", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_names_no_libtorch_is_refused_though_there_is_a_package()
    {
        Library("cache/torch", "torch_cpu");

        var error = Assert.Throws<UsageException>(() => Find(At("nothing"), own: [], roots: ["cache"]));
        Assert.Equal($"LIBTORCH={At("nothing")}", error.Where);
    }

    [Fact]
    public void A_libtorch_without_the_bridge_is_refused()
    {
        Library("cache/torch", "torch_cpu");

        Assert.Contains("the bridge between .NET and libtorch",
            Assert.Throws<UsageException>(() => Find(null, own: [], roots: ["cache"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_all_libtorchs_that_are_mapped_are_seen()
    {
        string[] map =
        [
            "7f00-7f01 r-xp 00000000 fe:00 11 /one/libtorch_cpu.so", "7f01-7f02 r--p 00001000 fe:00 11 /one/libtorch_cpu.so",
            "7f02-7f03 r-xp 00000000 fe:00 12 /one/libc10.so",
            "7f03-7f04 r-xp 00000000 fe:00 13 /other/libtorch_cpu.so.2.14",
            "7f04-7f05 rw-p 00000000 00:00 0 ",
        ];

        Assert.Equal(["/one", "/other"], NativeLibraries.FoldersIn(map));
        Assert.Equal([NativeLibraries.Folder], NativeLibraries.FoldersIn(File.ReadLines("/proc/self/maps")));
    }

    private TorchFiles Find(string? named, string[] own, string[] roots) => TorchFiles.Find(
        named, [.. own.Select(At)], [.. roots.Select(At)], key => key == "Vlm.LibTorch" ? "torch" : "bridge");

    private string Library(string folder, params string[] names)
    {
        Directory.CreateDirectory(At(folder));
        foreach (string name in names)
            File.WriteAllBytes(Path.Combine(At(folder), TorchFiles.FileName(name)), []);
        return At(folder);
    }

    private string At(string path) => Path.Combine(_root, path);

    private static string Named(string path) => Path.GetFileNameWithoutExtension(path)[3..];
}
