using Vlm.Testing;

namespace Vlm.Grpo.Tests.Runs;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly string _run = Directory.CreateTempSubdirectory("vlm-atomic-").FullName;

    public void Dispose() => Directory.Delete(_run, recursive: true);

    [Fact]
    public void A_folder_appears_with_all_its_files()
    {
        string seen = "";
        Checkpoint saved = Checkpoints.Save(_run, 3, folder =>
        {
            seen = folder;
            Directory.CreateDirectory(Path.Combine(folder, "optimizer"));
            File.WriteAllText(Path.Combine(folder, "optimizer", "moments"), "m");
            Assert.Null(Checkpoints.Latest(_run));
        });

        Assert.Equal(Path.Combine(_run, "checkpoints", "step-3"), saved.Path);
        Assert.Equal("m", File.ReadAllText(Path.Combine(saved.Path, "optimizer", "moments")));
        Assert.NotEqual(saved.Path, seen);
        Assert.Equal([saved.Path], Directory.GetFileSystemEntries(Path.Combine(_run, "checkpoints")));
    }

    [Fact]
    public void A_failure_leaves_nothing_new_and_everything_old()
    {
        Save(3, "three");

        Assert.Throws<InvalidOperationException>(() => Checkpoints.Save(_run, 4, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "weights"), "half");
            throw new InvalidOperationException("the optimizer has no state");
        }));

        Assert.Equal(["step-3"], Names());
        Assert.Equal("three", Read(3));
    }

    // /dev/full is a device that answers every write as a full disk does (ENOSPC).
    [Fact]
    public void A_full_disk_leaves_the_last_good_checkpoint_and_says_which()
    {
        if (!File.Exists("/dev/full"))
            return;
        Save(3, "three");

        UsageException error = Assert.Throws<UsageException>(() => Checkpoints.Save(_run, 4, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "config"), "whole");
            FillDisk();
        }));

        Golden.Equal("disk-full.txt", error.Render().Replace(_run, "FOLDER", StringComparison.Ordinal) + "\n");
        Assert.Equal(["step-3"], Names());
        Assert.Equal("three", Read(3));
    }

    [Fact]
    public void Saving_a_step_again_replaces_it()
    {
        Save(3, "old");
        Save(3, "new");

        Assert.Equal("new", Read(3));
        Assert.Equal(["step-3"], Names());
    }

    [Fact]
    public void The_newest_is_the_highest_number_among_the_complete_ones()
    {
        foreach (int step in (int[])[9, 10, 2])
            Save(step, "w");
        Directory.CreateDirectory(Path.Combine(_run, "checkpoints", ".step-11.partial"));
        Directory.CreateDirectory(Path.Combine(_run, "checkpoints", "step-12x"));

        Assert.Equal(10, Checkpoints.Latest(_run)!.Step);
        Assert.Equal([2L, 9, 10], Checkpoints.All(_run).Select(checkpoint => checkpoint.Step));

    }

    [Theory]
    [InlineData(0, new[] { 2L, 4, 9, 10 })]
    [InlineData(2, new[] { 2L, 9, 10 })]
    [InlineData(1, new[] { 2L, 10 })]
    [InlineData(9, new[] { 2L, 4, 9, 10 })]
    public void The_newest_stay_and_what_is_a_result(int count, long[] left)
    {
        foreach (int step in (int[])[2, 4, 9, 10])
            Save(step, "w");

        Checkpoints.Keep(_run, count, [2]);

        Assert.Equal(left, Checkpoints.All(_run).Select(checkpoint => checkpoint.Step));
    }

    // The process died while files were deleted: nothing half is left under the checkpoint's name.
    [Fact]
    public void What_is_deleted_is_never_half_there()
    {
        Save(2, "w");
        Save(3, "w");
        string held = Path.Combine(_run, "checkpoints", ".step-2.partial");
        File.WriteAllText(held, "in the way");

        Assert.ThrowsAny<IOException>(() => Checkpoints.Keep(_run, 1, []));
        Assert.Equal("w", Read(2));

        File.Delete(held);
        Checkpoints.Keep(_run, 1, []);

        Assert.Equal(["step-3"], Names());
    }

    // What the disk holds after a crash: 4 was being written, 2 was being replaced by a copy that did not make it, and
    // the new 3 was in place while the old one waited to be deleted.
    [Fact]
    public void The_next_start_cleans_what_a_crash_left()
    {
        Save(3, "three");
        string folder = Path.Combine(_run, "checkpoints");
        Directory.CreateDirectory(Path.Combine(folder, ".step-4.partial"));
        Directory.CreateDirectory(Path.Combine(folder, ".step-3.replaced"));
        Directory.CreateDirectory(Path.Combine(folder, ".step-2.replaced"));
        File.WriteAllText(Path.Combine(folder, ".step-2.replaced", "weights"), "two");

        CompleteFolder.Clean(folder);

        Assert.Equal(["step-2", "step-3"], Names());
        Assert.Equal("two", Read(2));
        Assert.Equal("three", Read(3));
    }

    internal static void FillDisk()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
        full.Write([1, 2, 3]);
        full.Flush();
    }

    private void Save(long step, string weights) =>
        Checkpoints.Save(_run, step, folder => File.WriteAllText(Path.Combine(folder, "weights"), weights));

    private string Read(long step) => File.ReadAllText(Path.Combine(_run, "checkpoints", $"step-{step}", "weights"));

    private IEnumerable<string?> Names() =>
        Directory.GetFileSystemEntries(Path.Combine(_run, "checkpoints")).Select(Path.GetFileName).Order();
}
