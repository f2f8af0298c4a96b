using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>One short text for many weights: other names, types, shapes or bits give another.</summary>
public static class WeightChecksum
{
    private const long Chunk = 1 << 24;     // values; a span holds no more than 2 GB

    /// <summary>SHA-256 of names, types, shapes and values, in the order of the names.</summary>
    /// <param name="weights">On any device; values are read as they lie, type and all.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(IEnumerable<(string Name, Parameter Value)> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Parameter value) in weights.OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {value.dtype} [{string.Join(", ", value.shape)}]\n"));
            torch.Tensor flat = value.detach().cpu().contiguous().flatten();
            for (long at = 0; at < flat.numel(); at += Chunk)
                hash.AppendData(flat.narrow(0, at, Math.Min(Chunk, flat.numel() - at)).bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
