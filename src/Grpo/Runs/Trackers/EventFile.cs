using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Vlm.Grpo;

/// <summary>A file of TensorBoard events: TFRecords, each an Event message.</summary>
/// <remarks>
/// A record is the message's length (64 bits), its checksum, the message, its checksum; checksums are CRC-32C, masked, and all numbers little
/// endian (tensorflow/core/lib/io/record_writer.h). Each record goes to the system in one write, so whoever reads while it grows sees whole ones.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const int Head = sizeof(ulong) + sizeof(uint), Foot = sizeof(uint);
    private const uint MaskDelta = 0xA282EAD8;
    private readonly FileStream _file;

    /// <summary>Makes the file.</summary>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public EventFile(string path) => _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Writes a record.</summary>
    public void Write(Event message)
    {
        byte[] bytes = message.ToByteArray();
        byte[] record = new byte[Head + bytes.Length + Foot];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)bytes.Length);
        Seal(record, 0, sizeof(ulong));
        bytes.CopyTo(record, Head);
        Seal(record, Head, bytes.Length);
        _file.Write(record);
    }

    /// <summary>Waits until it is on the disk.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();

    // The checksum of a part, behind it.
    private static void Seal(byte[] record, int start, int length)
    {
        uint sum = uint.MaxValue;
        foreach (byte one in record.AsSpan(start, length))
            sum = BitOperations.Crc32C(sum, one);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(start + length), BitOperations.RotateRight(~sum, 15) + MaskDelta);
    }
}
