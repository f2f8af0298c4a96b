namespace Vlm.Tests.Files;

/// <summary>A folder is the new one, the old one or absent.</summary>
public sealed class CompleteFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-complete-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_written_whole_or_not_at_all()
    {
        string target = Path.Combine(_folder, "out");
        Assert.Throws<IOException>(() => CompleteFolder.Write(target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
            throw new IOException("the disk broke");
        }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        CompleteFolder.Write(target, folder => File.WriteAllText(Path.Combine(folder, "config.json"), "{}"));
        Assert.Equal([Path.Combine(target, "config.json")], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_full_disk_is_said_in_three_lines()
    {
        string target = Path.Combine(_folder, "out");

        var error = Assert.Throws<UsageException>(() =>
            CompleteFolder.Write(target, _ => throw new IOException("No space left on device", 28)));

        Assert.Equal($"error: the disk is full; {target} is not complete\n   at: {target}\n"
            + "  try: make room on that disk, then do the same again", error.Render());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
