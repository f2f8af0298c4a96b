using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>One short text for many weights: other names, types, shapes or bits give another.</summary>
public static class WeightChecksum
{
    private const long Values = 1 << 24;    // at once: a span holds no more than 2 GB
    private const int Bytes = 1 << 20;

    /// <summary>SHA-256 of names, types, shapes and values, in the order of the names.</summary>
    /// <param name="weights">On any device; values are read as they lie, type and all.</param>
    /// <returns>64 hexadecimal digits: the same as of a folder that holds these weights.</returns>
    public static string Of(IEnumerable<(string Name, Parameter Value)> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Parameter value) in weights.OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Begin(hash, name, SafetensorsType.Of(value.dtype), value.shape);
            torch.Tensor flat = value.detach().cpu().contiguous().flatten();
            for (long at = 0; at < flat.numel(); at += Values)
                hash.AppendData(flat.narrow(0, at, Math.Min(Values, flat.numel() - at)).bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same of the weights of a folder, as they are stored.</summary>
    /// <param name="folder">Its tensors under the names they have there.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(HubFolder folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Bytes];
        foreach (string name in folder.Names.Order(StringComparer.Ordinal))
        {
            SafetensorsEntry entry = folder.EntryOf(name);
            Begin(hash, name, entry.Type, entry.Shape);
            using FileStream file = File.OpenRead(folder.FileOf(name));
            file.Position = entry.Offset;
            for (long left = entry.Length; left > 0;)
            {
                int read = (int)Math.Min(left, buffer.Length);
                file.ReadExactly(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
                left -= read;
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Begin(IncrementalHash hash, string name, SafetensorsType type, IEnumerable<long> shape) =>
        hash.AppendData(Encoding.UTF8.GetBytes($"{name} {type.Name} [{string.Join(',', shape)}]\n"));
}
