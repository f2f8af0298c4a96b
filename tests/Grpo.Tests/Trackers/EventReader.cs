using System.Buffers.Binary;
using System.Text;

namespace Vlm.Grpo.Tests.Trackers;

/// <summary>What TensorBoard's files say, read from the specifications alone: no code or message class of the writer.</summary>
/// <remarks>
/// Records as in tensorflow/core/lib/io/record_writer.h; CRC-32C bit by bit (RFC 3720, appendix B.4); messages by the numbers of their fields
/// in event.proto, summary.proto and tensor.proto.
/// </remarks>
internal static class EventReader
{
    /// <summary>One value of one event.</summary>
    public sealed record Value(long Step, string Tag, double? Number = null, string? Text = null, byte[]? Png = null, long Width = 0, long Height = 0);

    /// <summary>One event.</summary>
    public sealed record Event(double WallTime, long Step, string? Version, bool IsStart, IReadOnlyList<Value> Values);

    /// <summary>All files of a folder, in the order of their names.</summary>
    public static Event[] Folder(string folder) =>
        [.. Directory.GetFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal).SelectMany(file => File(System.IO.File.ReadAllBytes(file)))];

    /// <summary>The events of a file; throws where a checksum or a length is wrong.</summary>
    public static IEnumerable<Event> File(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Check(file, at, 8);
            Check(file, at + 12, length);
            yield return Parse(file.AsMemory(at + 12, length));
            at += 16 + length;
        }
    }

    /// <summary>What TensorBoard would show: a second START forgets the steps from its own on.</summary>
    public static Value[] Shown(IEnumerable<Event> events)
    {
        var shown = new List<Value>();
        bool seen = false;
        foreach (Event one in events)
        {
            if (one.IsStart && seen)
                shown.RemoveAll(value => value.Step >= one.Step);
            seen |= one.IsStart;
            shown.AddRange(one.Values);
        }

        return [.. shown];
    }

    private static void Check(byte[] file, int at, int length)
    {
        uint sum = Crc32C(file.AsSpan(at, length)), masked = unchecked(((sum >> 15) | (sum << 17)) + 0xA282EAD8u);
        Assert.Equal(masked, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + length)));
    }

    internal static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0xFFFFFFFF;
        foreach (byte one in bytes)
        {
            sum ^= one;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0x82F63B78 : sum >> 1;
        }

        return ~sum;
    }

    private static Event Parse(ReadOnlyMemory<byte> message)
    {
        ILookup<int, object> fields = Fields(message);
        long step = (long)(ulong)(fields[2].FirstOrDefault() ?? 0UL);
        bool start = fields[7].FirstOrDefault() is ReadOnlyMemory<byte> log && Fields(log)[1].Any(status => status is 1UL);
        return new(BitConverter.UInt64BitsToDouble((ulong)fields[1].Single()), step, Text(fields[3].FirstOrDefault()), start,
            [.. fields[5].SelectMany(summary => Fields((ReadOnlyMemory<byte>)summary)[1]).Select(value => Parse(step, (ReadOnlyMemory<byte>)value))]);
    }

    private static Value Parse(long step, ReadOnlyMemory<byte> message)
    {
        ILookup<int, object> fields = Fields(message);
        string tag = Text(fields[1].Single())!;
        if (fields[2].FirstOrDefault() is uint bits)
            return new(step, tag, Number: BitConverter.UInt32BitsToSingle(bits));
        if (fields[4].FirstOrDefault() is ReadOnlyMemory<byte> image)
        {
            ILookup<int, object> parts = Fields(image);
            Assert.Equal(3UL, parts[3].Single());        // RGB
            return new(step, tag, Png: ((ReadOnlyMemory<byte>)parts[4].Single()).ToArray(), Height: (long)(ulong)parts[1].Single(), Width: (long)(ulong)parts[2].Single());
        }

        var tensor = Fields((ReadOnlyMemory<byte>)fields[8].Single());
        Assert.Equal(7UL, tensor[1].Single());        // DT_STRING
        var plugin = Fields((ReadOnlyMemory<byte>)Fields((ReadOnlyMemory<byte>)fields[9].Single())[1].Single());
        Assert.Equal("text", Text(plugin[1].Single()));
        return new(step, tag, Text: Text(tensor[8].Single()));
    }

    private static string? Text(object? field) => field is ReadOnlyMemory<byte> bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

    // Numbers and values of the wire format: varint, 64 bits, bytes, 32 bits.
    private static ILookup<int, object> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, object)>();
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint();
            fields.Add(((int)(key >> 3), (key & 7) switch
            {
                0 => Varint(),
                1 => BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span),
                2 => Take((int)Varint()),
                5 => BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span),
                var other => throw new InvalidDataException($"wire type {other}"),
            }));
        }

        return fields.ToLookup(field => field.Item1, field => field.Item2);

        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte one = message.Span[at++];
                value |= (ulong)(one & 0x7F) << shift;
                if (one < 0x80)
                    return value;
            }
        }

        ReadOnlyMemory<byte> Take(int length)
        {
            at += length;
            return message.Slice(at - length, length);
        }
    }
}
