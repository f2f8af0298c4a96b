using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using Vlm.Checkpoints;

namespace Vlm.Tests.Checkpoints;

/// <summary>Whatever a header says, the file is read whole or refused in three lines; nothing else is thrown.</summary>
public sealed class HeaderFuzzTests : IDisposable
{
    private const int Files = 1500;

    private static readonly byte[] s_bytes =
        [.. Encoding.ASCII.GetBytes("""0123456789-.eE"[]{},:\/_ abtdfFIUB16"""), 0, 0x7f, 0xc3, 0xff];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    // From one to four bytes of the length, the header or the data are changed, put in or taken out.
    [Fact]
    public void A_changed_file_is_read_whole_or_refused()
    {
        var random = new RandomStream(31, "header fuzz");
        byte[] whole = Whole();
        int read = 0, refused = 0;
        for (int i = 0; i < Files; i++)
        {
            List<byte> bytes = [.. whole];
            for (int changes = 1 + random.Next(4); changes > 0; changes--)
                Change(bytes, random);
            File.WriteAllBytes(_file, [.. bytes]);
            if (IsRead())
                read++;
            else
                refused++;
        }

        Assert.Equal(Files, read + refused);
        Assert.InRange(read, Files / 50, Files / 2);
    }

    // A number of any length in any of the places where numbers are; the header's length is made right again.
    [Fact]
    public void Numbers_of_any_size_are_read_whole_or_refused()
    {
        var random = new RandomStream(32, "header fuzz");
        string[] numbers =
        [
            "0", "1", "-1", "6", "24", "25", "2147483647", "2147483648", "4294967296", "4611686018427387904",
            "9223372036854775807", "9223372036854775808", "18446744073709551615", "1e3", "1e400", "0.5", "null", "\"6\"", "[]",
            "6,0", "0,9223372036854775807", "1" + string.Concat(Enumerable.Repeat(",1", 200)),
        ];
        int read = 0;
        for (int i = 0; i < Files; i++)
        {
            string shape = string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Any()));
            byte[] text = Encoding.UTF8.GetBytes(
                $$$"""{"a":{"dtype":"F32","shape":[{{{shape}}}],"data_offsets":[{{{Any()}}},{{{Any()}}}]}}""");
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
            File.WriteAllBytes(_file, [.. length, .. text, .. new byte[random.Next(2) * 24]]);
            read += IsRead() ? 1 : 0;
        }

        Assert.InRange(read, 1, Files / 10);

        string Any() => random.Next(3) == 0 ? random.Pick(numbers) : numbers[random.Next(5)];
    }

    private bool IsRead()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(_file);
            long bytes = 0;
            foreach ((string name, SafetensorsEntry entry) in file.Entries)
                if (entry.Type.Torch is not null)
                    bytes += file.Load(name, torch.CPU).bytes.Length;
            return bytes <= new FileInfo(_file).Length;
        }
        catch (UsageException)
        {
            return false;
        }
    }

    private static void Change(List<byte> bytes, RandomStream random)
    {
        int at = random.Next(bytes.Count);
        switch (random.Next(16))
        {
            case 15:
                bytes.InsertRange(at, "\\ud800"u8);      // half a pair: an escape that is no character
                break;
            case 0 or 1 or 2 or 3:
                bytes.Insert(at, s_bytes[random.Next(s_bytes.Length)]);
                break;
            case 4 or 5 or 6 or 7:
                bytes.RemoveAt(at);
                break;
            default:
                bytes[at] = s_bytes[random.Next(s_bytes.Length)];
                break;
        }
    }

    private byte[] Whole()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        SafetensorsWriter.Write(_file,
            [("w", torch.ones(2, 3)), ("b", torch.ones(4, torch.ScalarType.BFloat16)), ("i", torch.tensor(7L))]);
        return File.ReadAllBytes(_file);
    }
}
