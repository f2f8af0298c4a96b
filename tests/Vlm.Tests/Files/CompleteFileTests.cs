namespace Vlm.Tests.Files;

/// <summary>A file is the new one or the old one, and nothing lies beside it.</summary>
public sealed class CompleteFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-complete-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_takes_the_place_of_the_old_one()
    {
        string path = PathOf("a.txt");
        File.WriteAllText(path, "a longer old text");

        CompleteFile.WriteText(path, "neu: ü");

        Assert.Equal("neu: ü", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_alone()
    {
        string path = PathOf("a.txt");
        File.WriteAllText(path, "old");

        Assert.Throws<IOException>(() => CompleteFile.Write(path, file =>
        {
            file.Write([1, 2, 3]);
            throw new IOException("the disk broke");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Of_files_that_belong_together_none_is_new_before_all_are_written()
    {
        string first = PathOf("first"), second = PathOf("second");
        File.WriteAllText(first, "old");

        Assert.Throws<IOException>(() => CompleteFile.WriteAll([
            (first, file => file.Write([1])),
            (second, _ => throw new IOException("the disk broke")),
        ]));
        Assert.Equal("old", File.ReadAllText(first));
        Assert.Equal([first], Directory.GetFileSystemEntries(_folder));

        CompleteFile.WriteAll([(first, file => file.Write([1])), (second, file => file.Write([2]))]);

        Assert.Equal([1], File.ReadAllBytes(first));
        Assert.Equal([2], File.ReadAllBytes(second));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
