using System.Runtime.InteropServices;
using Vlm.Engine;

namespace Vlm.Tests.Engine;

/// <summary>The library is TorchSharp's own, as the tests have it in their packages.</summary>
public sealed class ElfFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-elf-").FullName;
    private readonly byte[] _bridge = File.ReadAllBytes(TorchFiles.Find(null).Bridge);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_library_is_whole_and_no_shorter_one_is()
    {
        Assert.True(ElfFile.IsWhole(Written(_bridge)));
        Assert.All((int[])[_bridge.Length - 1, _bridge.Length / 2, 100, 63, 0], length =>
            Assert.False(ElfFile.IsWhole(Written(_bridge[..length])), $"{length} bytes"));
        Assert.False(ElfFile.IsWhole(Written([.. "no library at all, but long enough to hold a header of 64 bytes"u8, 0, 0])));
    }

    // What the dynamic loader of an old system looks for: the symbol's name is gone, the version is weak, the size is the same.
    [Fact]
    public void A_copy_asks_for_neither_the_symbol_nor_its_version()
    {
        var copy = (byte[])_bridge.Clone();

        Assert.True(ElfFile.Replace(copy, "_ZSt21ios_base_library_initv", "getpid", BridgeCopy.Missing));
        Assert.Equal(_bridge.Length, copy.Length);
        Assert.Equal(Count(_bridge, "_ZSt21ios_base_library_initv"u8) - 1, Count(copy, "_ZSt21ios_base_library_initv"u8));
        Assert.InRange(_bridge.Zip(copy).Count(pair => pair.First != pair.Second), 20, 40);
        Assert.False(ElfFile.Replace(copy, "_ZSt21ios_base_library_initv", "getpid", BridgeCopy.Missing));
        Assert.True(ElfFile.IsWhole(Written(copy)));
    }

    [Fact]
    public void What_is_no_library_is_left_as_it_is() =>
        Assert.False(ElfFile.Replace([.. "text"u8, .. new byte[100]], "a", "b", "c"));

    // The dynamic loader of this system takes the copy: with GCC 13 or newer as well as with older ones.
    [Fact]
    public void The_copy_can_be_loaded()
    {
        var copy = (byte[])_bridge.Clone();
        ElfFile.Replace(copy, "_ZSt21ios_base_library_initv", "getpid", BridgeCopy.Missing);

        nint library = NativeLibrary.Load(Written(copy));
        Assert.NotEqual(0, NativeLibrary.GetExport(library, "THSTensor_add"));
    }

    [Fact]
    public void A_copy_is_kept_made_anew_when_damaged_and_not_made_where_nothing_can_be_written()
    {
        string kept = BridgeCopy.Kept(_folder, "copy.so", [1, 2, 3])!;
        DateTime written = File.GetLastWriteTimeUtc(kept);
        Assert.Equal((kept, written), (BridgeCopy.Kept(_folder, "copy.so", [1, 2, 3]), File.GetLastWriteTimeUtc(kept)));

        File.WriteAllBytes(kept, [1, 2]);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(BridgeCopy.Kept(_folder, "copy.so", [1, 2, 3])!));
        Assert.Equal([kept], Directory.GetFiles(_folder));
        Assert.Null(BridgeCopy.Kept(Path.Combine(kept, "below-a-file"), "copy.so", [1]));
    }

    private string Written(byte[] content)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".so");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static int Count(byte[] all, ReadOnlySpan<byte> part) => all.AsSpan().Count(part);
}
