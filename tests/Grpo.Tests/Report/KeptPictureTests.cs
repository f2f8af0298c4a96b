using Vlm.Images;
using Vlm.Tables;

namespace Vlm.Grpo.Tests.Report;

public sealed class KeptPictureTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-pictures-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void A_small_file_stays_as_it_is()
    {
        byte[] png = ImageCodec.EncodePng(DrawnRun.Picture(9));

        var kept = KeptPicture.Of(png, "here");
        Assert.Equal(png, kept.File);
        Assert.Equal((DrawnRun.Width, DrawnRun.Height), (kept.Width, kept.Height));
        Assert.Equal(kept.Key, KeptPicture.Of(DrawnRun.Picture(9), "there").Key);
        Assert.NotEqual(kept.Key, KeptPicture.Of(DrawnRun.Picture(8), "there").Key);
    }

    // 2048 x 1024 becomes 512 x 256; noise does not fit into 64 KiB as PNG, so it is JPEG. Boxes still refer to 2048 x 1024.
    [Fact]
    public void A_photograph_becomes_smaller_and_its_boxes_stay()
    {
        var pixels = new byte[2048 * 1024 * 3];
        var random = new RandomStream(1, "photograph");
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.Next(256);

        var kept = KeptPicture.Of(new RgbImage(2048, 1024, pixels), "here");
        RgbImage shown = ImageCodec.Decode(kept.File, "kept");
        Assert.Equal((2048, 1024, 512, 256), (kept.Width, kept.Height, shown.Width, shown.Height));
        Assert.Equal([0xFF, 0xD8], kept.File[..2]);
        Assert.InRange(kept.File.Length, 1, 150_000);
    }

    // 4 steps of 2 groups, and two pictures of three held-out boxes; step 2 is the checkpoint.
    [Fact]
    public void A_resumed_run_keeps_each_picture_once_and_as_the_uninterrupted_one()
    {
        string whole = Path.Combine(_files.FullName, "whole");
        DrawnRun.Write(whole);
        DrawnRun.Write(Folder, steps: 3, finish: false);
        DrawnRun.Write(Folder, steps: 4, resume: true);

        string[] keys = Keys(Folder);
        Assert.Equal(Keys(whole), keys);
        Assert.Equal(keys.Distinct().Count(), keys.Length);
        Assert.Equal(Keyed(whole), Keyed(Folder));
        Assert.Equal([], Keyed(Folder).Except(keys));
        Assert.False(Directory.Exists(Path.Combine(Folder, "pictures")));
    }

    // All of 1 to 15, then every second, every fourth, and so on.
    [Fact]
    public void Steps_whose_pictures_are_kept_become_rarer()
    {
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40],
            Enumerable.Range(0, 42).Select(step => (long)step).Where(step => PictureLog.GroupsOf(step) > 0));
        Assert.InRange(Enumerable.Range(1, 1_000_000).Count(step => PictureLog.GroupsOf(step) > 0), 100, 160);
    }

    private static string[] Keys(string run) => [.. ParquetFile.Read(Path.Combine(run, "pictures.parquet"), "key").Select(row => row.Get<string>("key"))];

    private static string[] Keyed(string run) => [.. ParquetFile.Read(Path.Combine(run, "rollouts.parquet"), "picture").Select(row => row.Get<string>("picture"))];
}
