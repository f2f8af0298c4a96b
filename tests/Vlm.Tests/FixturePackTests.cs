using Vlm.Checkpoints;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests;

/// <summary>The archives of recorded values: what goes in comes out, once, whoever asks.</summary>
public sealed class FixturePackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-fixtures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 1,064 weights and 3 bytes more, so that the last four bytes are not whole; a graph with one tensor as it is, one
    // transposed, and something before, between and after.
    [Fact]
    public void Files_come_out_bit_equal_and_smaller()
    {
        using var scope = NewDisposeScope();
        Tensor wide = arange(1000, dtype: ScalarType.Float32).reshape(20, 50).sqrt(), narrow = wide[3].clone();
        string weights = At("in", "tiny/model.safetensors");
        SafetensorsWriter.Write(weights, [("wide", wide), ("narrow", narrow), ("odd", ones(3, ScalarType.Int8))]);
        File.WriteAllBytes(
            At("in", "onnx_reference/tiny/onnx/graph.onnx"),
            [1, 2, 3, .. wide.t().contiguous().bytes, 4, .. narrow.bytes, 5, 6]);
        File.WriteAllText(At("in", "tiny/notes.txt"), "notes");

        string[] files = ["tiny/model.safetensors", "tiny/notes.txt", "onnx_reference/tiny/onnx/graph.onnx"];
        byte[] pack = FixturePack.Pack(Path.Combine(_folder, "in"), files);
        FixturePack.Unpack(new MemoryStream(pack), Path.Combine(_folder, "out"));

        foreach (string file in files)
            Assert.Equal(File.ReadAllBytes(At("in", file)), File.ReadAllBytes(At("out", file)));
        Assert.InRange(pack.Length, 500, 4000);   // 8,400 bytes, of which the graph's 4,206 are in the weights
    }

    [Fact]
    public void Many_that_ask_at_once_get_one_folder_and_another_archive_is_another()
    {
        File.WriteAllText(At("in", "a/one.txt"), "one");
        File.WriteAllBytes(At("packs", "a.pack"), FixturePack.Pack(Path.Combine(_folder, "in"), ["a/one.txt"]));
        string packs = Path.Combine(_folder, "packs"), into = Path.Combine(_folder, "unpacked");

        var folders = new string[8];
        Parallel.For(0, folders.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => folders[i] = Fixtures.Unpacked(packs, into));

        Assert.Single(folders.Distinct());
        Assert.Equal([folders[0]], Directory.GetDirectories(into));
        Assert.Equal("one", File.ReadAllText(Path.Combine(folders[0], "a", "one.txt")));

        File.WriteAllText(At("in", "a/one.txt"), "two");
        File.WriteAllBytes(At("packs", "a.pack"), FixturePack.Pack(Path.Combine(_folder, "in"), ["a/one.txt"]));
        string other = Fixtures.Unpacked(packs, into);

        Assert.Equal("two", File.ReadAllText(Path.Combine(other, "a", "one.txt")));
        Assert.Equal("one", File.ReadAllText(Path.Combine(folders[0], "a", "one.txt")));
    }

    // The table of tests/fixtures/README.md.
    [Theory]
    [InlineData("tiny_*", 80)]
    [InlineData("onnx_reference", 34)]
    [InlineData("image_processors", 40)]
    [InlineData("tokenizers", 7)]
    [InlineData("chat_templates", 1)]
    [InlineData("generation", 1)]
    [InlineData("state_dicts", 10)]
    [InlineData("vectors", 1)]
    public void The_archives_hold_what_their_page_says(string folders, int files) => Assert.Equal(
        files,
        Directory.GetDirectories(Fixtures.PathOf(), folders)
            .Sum(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length));

    private string At(string root, string file)
    {
        string path = Path.Combine(_folder, root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
