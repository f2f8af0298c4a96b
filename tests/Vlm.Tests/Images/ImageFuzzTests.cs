using System.Buffers.Binary;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Mutated files of all kinds: images, or errors a user can read, within bounds of memory and time.</summary>
public class ImageFuzzTests
{
    private const int Tries = 4000;
    private static readonly DecodeOptions s_small = new() { MaxPixels = 1 << 20 };

    // Of an image of 2^20 pixels, RGBA and RGB are 7.3 MB; LibTiff.NET may take 16 bytes a pixel and more for a strip.
    [Fact]
    public void Any_damage_gives_an_image_or_three_lines_and_little_memory()
    {
        (string Name, byte[] File)[] files = [.. ImageFixtures.Names.Select(name => (name, ImageFixtures.Bytes(name)))];
        var random = new RandomStream(2, "images-fuzz");
        Dictionary<string, int> decoded = [], refused = [];
        long before = PeakMemory.Reset();
        for (int i = 0; i < Tries; i++)
        {
            (string name, byte[] file) = files[random.Next(files.Length)];
            Dictionary<string, int> outcome = Survives(Damage(file, random)) ? decoded : refused;
            string kind = Path.GetExtension(name);
            outcome[kind] = outcome.GetValueOrDefault(kind) + 1;
        }

        Assert.InRange(decoded.Values.Sum(), Tries / 10, Tries);
        Assert.InRange(refused.Values.Sum(), Tries / 10, Tries);
        Assert.Empty(files.Select(file => Path.GetExtension(file.Name)).Distinct().Except(refused.Keys));
        if (PeakMemory.Known)
            Assert.InRange((PeakMemory.Bytes - before) / 1e6, double.MinValue, 100);
    }

    private static bool Survives(byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            RgbImage image = ImageCodec.Decode(file, "fuzz", s_small);
            Assert.Equal(image.Width * image.Height * 3, image.Pixels.Length);
            return true;
        }
        catch (UsageException e)
        {
            Assert.Equal(3, e.Render().Split('\n').Length);
            Assert.Equal("fuzz", e.Where);
            return false;
        }
        finally
        {
            Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1e6, 0, 50);
        }
    }

    private static byte[] Damage(byte[] file, RandomStream random)
    {
        int at = random.Next(file.Length), end = Math.Min(file.Length, at + random.Between(1, 12));
        byte[] changed = random.Next(7) switch
        {
            0 => file[..at],
            1 => [.. file[..at], .. file[end..]],
            2 => [.. file[..end], .. file[at..]],
            3 => Changed(file, Math.Min(64, file.Length), random),
            _ => Changed(file, file.Length, random),
        };
        if (random.Next(2) == 0)
            RepairSums(changed);
        return changed;
    }

    // Sizes, counts and lengths lie at the front, and are worst at their ends.
    private static byte[] Changed(byte[] file, int front, RandomStream random)
    {
        byte[] changed = [.. file];
        for (int n = random.Between(1, 6); n > 0; n--)
            changed[random.Next(front)] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
        return changed;
    }

    // Right sums let damage to a PNG through to what is behind them: length (4), name (4), data, sum (4).
    private static void RepairSums(Span<byte> file)
    {
        if (file.Length < 8 || file[0] != 0x89)
            return;
        for (Span<byte> rest = file[8..]; rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
                return;
            BinaryPrimitives.WriteUInt32BigEndian(
                rest[(int)(length + 8)..], Encoded.Crc(rest[4..(int)(length + 8)]));
            rest = rest[(int)(length + 12)..];
        }
    }
}
