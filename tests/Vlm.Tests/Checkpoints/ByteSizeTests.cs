using Vlm.Checkpoints;

namespace Vlm.Tests.Checkpoints;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("100kb", 100_000)]
    [InlineData("2 TB", 2_000_000_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("3MiB", 3_145_728)]
    [InlineData("7KiB", 7168)]
    [InlineData(" 12B ", 12)]
    [InlineData("4096", 4096)]
    public void A_size_is_its_number_of_bytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text, "MaxShardSize"));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("0GB")]
    [InlineData("0.5B")]
    [InlineData("-1GB")]
    [InlineData("5 gigs")]
    [InlineData("1,5GB")]
    [InlineData("1e9")]
    [InlineData("10000000TB")]
    [InlineData("99999999999999999999999999999999")]
    public void What_is_no_size_is_told_how_to_write_one(string text)
    {
        var error = Assert.Throws<UsageException>(() => ByteSize.Parse(text, "MaxShardSize"));

        Assert.Equal(
            $"error: \"{text}\" is no size: write a number and B, KB, MB, GB or TB (KiB, MiB ... for powers of 1024)\n"
            + $"   at: MaxShardSize = {text}\n"
            + "  try: MaxShardSize = 5GB", error.Render());
    }
}
