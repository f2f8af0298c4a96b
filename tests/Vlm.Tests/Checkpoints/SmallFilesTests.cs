using System.Diagnostics;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Testing;

namespace Vlm.Tests.Checkpoints;

/// <summary>What of a folder is copied into folders that are written, and what is read at all.</summary>
public sealed class SmallFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("vlm-small-").FullName;
    private readonly string _folder;

    public SmallFilesTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_root, "model")).FullName;
        Copy(_folder);
        File.WriteAllText(Path.Combine(_root, "outside.txt"), "nobody's business");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Links_and_notes_of_the_user_are_never_copied()
    {
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "my own");
        File.CreateSymbolicLink(Path.Combine(_folder, "more.json"), "../outside.txt");
        File.CreateSymbolicLink(Path.Combine(_folder, "vocab.json"), "/etc/hostname");
        File.CreateSymbolicLink(Path.Combine(_folder, "merges.txt"), "../outside.txt");
        string written = Directory.CreateDirectory(Path.Combine(_root, "written")).FullName;

        VlmCheckpoint vlm = VlmCheckpoint.Load(_folder, torch.CPU);
        vlm.Write(written);

        Assert.Equal(
            ["chat_template.json", "config.json", "generation_config.json", "model.safetensors", "preprocessor_config.json",
                "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(written).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        vlm.Model.Dispose();
    }

    [Theory]
    [InlineData("generation_config.json")]
    [InlineData("tokenizer_config.json")]
    public void A_link_to_outside_that_the_model_is_read_by_is_refused(string name)
    {
        string file = Path.Combine(_folder, name), outside = Path.Combine(_root, name);
        File.Move(file, outside);
        File.CreateSymbolicLink(file, $"../{name}");

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU));

        Assert.Equal($"{name} is a link to {HubFile.RealPath(outside)}, outside of the folder, and its content would be "
            + "copied into every folder that is written", error.Message);
        Assert.Equal((file, "the file itself in place of the link"), (error.Where, error.Fix));
    }

    // <cache>/models--a--b/snapshots/<commit>/tokenizer.json -> ../../blobs/<hash>, and the user's link to the snapshot.
    [Fact]
    public void The_hubs_cache_is_read_through_its_links()
    {
        string snapshot = Directory.CreateDirectory(Path.Combine(_root, "models--a--b", "snapshots", "c0ffee")).FullName;
        string blobs = Directory.CreateDirectory(Path.Combine(_root, "models--a--b", "blobs")).FullName;
        foreach ((int i, string file) in Directory.GetFiles(_folder).Index())
        {
            File.Move(file, Path.Combine(blobs, $"{i:x8}"));
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), $"../../blobs/{i:x8}");
        }
        string link = Path.Combine(_root, "mine");
        Directory.CreateSymbolicLink(link, snapshot);

        VlmCheckpoint vlm = VlmCheckpoint.Load(link, torch.CPU);

        Assert.Contains("tokenizer.json", vlm.SmallFiles.Keys);
        Assert.Contains("preprocessor_config.json", vlm.SmallFiles.Keys);
        vlm.Model.Dispose();
    }

    // Another repository of the same cache is outside too.
    [Fact]
    public void A_link_within_the_folder_is_a_file_of_it()
    {
        File.Move(Path.Combine(_folder, "tokenizer.json"), Path.Combine(_folder, "real.json"));
        File.CreateSymbolicLink(Path.Combine(_folder, "tokenizer.json"), "real.json");
        using HubFolder folder = HubFolder.Open(_folder);

        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "real.json")), folder.SmallFiles()["tokenizer.json"]);
        Assert.DoesNotContain("real.json", folder.SmallFiles().Keys);
    }

    // Reading one of these would never end.
    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    [InlineData("model.safetensors")]
    public void A_pipe_is_refused(string name)
    {
        string file = Path.Combine(_folder, name);
        File.Delete(file);
        Process.Start("mkfifo", [file]).WaitForExit();

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU));

        Assert.Equal($"{name} is a pipe, a socket or a device, not a file", error.Message);
        Assert.Equal(file, error.Where);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void A_device_is_refused(string name)
    {
        string file = Path.Combine(_folder, name);
        File.Delete(file);
        File.CreateSymbolicLink(file, "/dev/zero");

        Assert.StartsWith($"{name} is a pipe, a socket or a device",
            Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_end_is_refused_by_its_size()
    {
        string file = Path.Combine(_folder, "config.json");
        using (FileStream sparse = File.OpenWrite(file))
            sparse.SetLength(HubFile.MostBytes + 1);

        Assert.Equal($"config.json has {HubFile.MostBytes + 1} bytes, and at most {HubFile.MostBytes} are read",
            Assert.Throws<UsageException>(() => HubFolder.Open(_folder)).Message);
    }

    private static void Copy(string folder)
    {
        using HubFolder fixture = HubFolder.Open(Fixtures.PathOf("tiny_qwen2_5_vl"));
        HubFolder.Write(folder, fixture.Config, fixture.SmallFiles(), fixture.Names.Select(name => (name, fixture.Load(name, torch.CPU))));
    }
}
