using System.Formats.Tar;
using System.IO.Compression;

namespace Vlm.Testing;

/// <summary>
/// Recorded files in one archive: tar in brotli. What is large in them are numbers that look random, so those of
/// safetensors files stand byte plane by byte plane, and graphs refer to the weights they hold. All come out bit-equal.
/// </summary>
internal static class FixturePack
{
    private const string Planes = ".planes", References = ".references";

    // Of 256 values each: smaller as they are.
    private const string Pixels = "image_processors/";

    /// <summary>Packs files of a folder. The same files give the same bytes.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="files">Paths below it, with slashes; weights before the graphs that hold them.</param>
    public static byte[] Pack(string root, IEnumerable<string> files)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (string file in files)
            {
                (string ending, byte[] bytes) = Packed(root, file, File.ReadAllBytes(Path.Combine(root, file)));
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file + ending)
                {
                    DataStream = new MemoryStream(bytes),
                    ModificationTime = DateTimeOffset.UnixEpoch,
                });
            }

        return Compressed(tar.ToArray());
    }

    /// <summary>Unpacks an archive into a folder.</summary>
    public static void Unpack(Stream archive, string folder)
    {
        using var brotli = new BrotliStream(archive, CompressionMode.Decompress);
        using var reader = new TarReader(brotli);
        while (reader.GetNextEntry() is { } entry)
        {
            var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            (string name, byte[] bytes) = Unpacked(folder, entry.Name, content.ToArray());
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private static (string Ending, byte[] Bytes) Packed(string root, string file, byte[] bytes) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal) && !file.StartsWith(Pixels, StringComparison.Ordinal)
            ? (Planes, BytePlanes.Split(bytes))
        : file.EndsWith(".onnx", StringComparison.Ordinal)
            ? (References, WeightReferences.Take(bytes, File.ReadAllBytes(Path.Combine(root, WeightsOf(file)))))
        : ("", bytes);

    private static byte[] Compressed(byte[] bytes)
    {
        byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, packed, out int length, quality: 11, window: 24)
            ? packed[..length]
            : throw new InvalidOperationException("brotli needs more room than it says");
    }

    private static (string Name, byte[] Bytes) Unpacked(string folder, string name, byte[] bytes)
    {
        if (name.EndsWith(Planes, StringComparison.Ordinal))
            return (name[..^Planes.Length], BytePlanes.Join(bytes));
        if (!name.EndsWith(References, StringComparison.Ordinal))
            return (name, bytes);
        string file = name[..^References.Length];
        return (file, WeightReferences.Put(bytes, File.ReadAllBytes(Path.Combine(folder, WeightsOf(file)))));
    }

    // onnx_reference/<model>/onnx/<graph>.onnx was made of <model>/model.safetensors.
    private static string WeightsOf(string graph) => $"{graph.Split('/')[1]}/model.safetensors";
}
