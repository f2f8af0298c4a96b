using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>Finds weights that are not finite: one such number makes every answer one.</summary>
public static class NonFiniteWeights
{
    /// <summary>Why the first such weight cannot be computed with, or null where all are finite.</summary>
    /// <param name="weights">A model's, on any device.</param>
    /// <returns>"NaN in model.layers.0.mlp.up_proj.weight", or "an infinity in ...".</returns>
    public static string? First(IEnumerable<(string Name, Parameter Value)> weights)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable off = torch.no_grad();
        foreach ((string name, Parameter value) in weights)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            if (!value.detach().isfinite().all().item<bool>())
                return Text(value.detach().isnan().any().item<bool>(), name);
        }
        return null;
    }

    /// <summary>The same of a folder's tensors, read a few megabytes at a time.</summary>
    /// <exception cref="UsageException">A file cannot be read to its end.</exception>
    public static string? First(HubFolder folder)
    {
        foreach (string name in folder.Names.Order(StringComparer.Ordinal))
            if (Kind(folder, name) is { } isNaN)
                return Text(isNaN, name);
        return null;
    }

    /// <summary>Refuses a model that has one.</summary>
    /// <param name="weights">The model's.</param>
    /// <param name="where">The model's folder, or what it is called.</param>
    /// <exception cref="UsageException">It has one.</exception>
    public static void Refuse(IEnumerable<(string Name, Parameter Value)> weights, string where)
    {
        if (First(weights) is { } found)
            throw Refusal(found, where);
    }

    /// <summary>What to say of it.</summary>
    /// <param name="found">What <see cref="First(HubFolder)"/> found.</param>
    /// <param name="where">The model's folder, or what it is called.</param>
    public static UsageException Refusal(string found, string where) => new(
        $"the weights hold {found}", where, "download the file again, or take the last checkpoint before they became so");

    private static string Text(bool isNaN, string name) => $"{(isNaN ? "NaN" : "an infinity")} in {name}";

    // True for NaN, false for an infinity, null for neither.
    private static bool? Kind(HubFolder folder, string name)
    {
        const int chunk = 1 << 22;
        SafetensorsEntry entry = folder.EntryOf(name);
        if (entry.Type.Torch is not { } type)
            return null;
        byte[] buffer = new byte[Math.Min(chunk, entry.Length)];
        using var file = new FileStream(folder.FileOf(name), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        file.Position = entry.Offset;
        for (long left = entry.Length; left > 0; left -= buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            file.ReadExactly(part);
            if (Kind(part, type) is { } found)
                return found;
        }
        return null;
    }

    // By the bits: all of the exponent is set, and of the fraction some for NaN and none for an infinity.
    private static bool? Kind(ReadOnlySpan<byte> bytes, torch.ScalarType type) => type switch
    {
        torch.ScalarType.BFloat16 => Kind<ushort>(bytes, 0x7F80, 0x007F),
        torch.ScalarType.Float16 => Kind<ushort>(bytes, 0x7C00, 0x03FF),
        torch.ScalarType.Float32 => Kind<uint>(bytes, 0x7F80_0000, 0x007F_FFFF),
        torch.ScalarType.Float64 => Kind<ulong>(bytes, 0x7FF0_0000_0000_0000, 0x000F_FFFF_FFFF_FFFF),
        _ => null,
    };

    private static bool? Kind<T>(ReadOnlySpan<byte> bytes, T exponent, T fraction) where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(bytes);
        var mask = new Vector<T>(exponent);
        int at = 0;
        for (; at <= values.Length - Vector<T>.Count; at += Vector<T>.Count)
            if (Vector.EqualsAny(new Vector<T>(values[at..]) & mask, mask))
                break;
        for (; at < values.Length; at++)
            if ((values[at] & exponent) == exponent)
                return (values[at] & fraction) != T.Zero;
        return null;
    }
}
