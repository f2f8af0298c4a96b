using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>Bytes of a file into a tensor's own memory, a few megabytes at a time.</summary>
internal static class TensorReader
{
    /// <summary>The most bytes on their way at once: little beside the weights, much beside the cost of a call.</summary>
    internal const int ChunkBytes = 1 << 22;

    /// <summary>Fills the target with the numbers that lie at an offset of the file, converting type and device.</summary>
    internal static void Read(
        SafeFileHandle file, string path, long offset, torch.ScalarType stored, torch.Tensor target)
    {
        if (target.numel() == 0)
            return;

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable quiet = torch.no_grad();
        torch.Tensor place = target.detach();
        bool inPlace = stored == target.dtype && target.device_type == DeviceType.CPU && target.is_contiguous();
        if (!place.is_contiguous())
            place = torch.empty(target.shape, target.dtype, target.device);

        if (inPlace)
            ReadPlain(file, path, offset, place.view(-1));
        else
            ReadConverted(file, path, offset, stored, place.view(-1));
        if (!target.is_contiguous())
            target.detach().copy_(place);
    }

    private static void ReadPlain(SafeFileHandle file, string path, long offset, torch.Tensor flat)
    {
        long size = SafetensorsType.Of(flat.dtype).Size;
        for (long at = 0; at < flat.numel(); at += ChunkBytes / size)
        {
            using torch.Tensor part = flat.narrow(0, at, Math.Min(ChunkBytes / size, flat.numel() - at));
            ReadExactly(file, path, part.bytes, offset + at * size);
        }
    }

    private static void ReadConverted(
        SafeFileHandle file, string path, long offset, torch.ScalarType stored, torch.Tensor flat)
    {
        long size = SafetensorsType.Of(stored).Size;
        using torch.Tensor buffer = torch.empty(Math.Min(ChunkBytes / size, flat.numel()), stored, torch.CPU);
        for (long at = 0; at < flat.numel(); at += buffer.numel())
        {
            long count = Math.Min(buffer.numel(), flat.numel() - at);
            using torch.Tensor source = buffer.narrow(0, 0, count);
            using torch.Tensor part = flat.narrow(0, at, count);
            ReadExactly(file, path, source.bytes, offset + at * size);
            part.copy_(source);
        }
    }

    /// <summary>Fills the bytes from an offset of the file.</summary>
    /// <exception cref="UsageException">The file is shorter than it was when it was opened.</exception>
    internal static void ReadExactly(SafeFileHandle file, string path, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            int count = RandomAccess.Read(file, target, offset);
            if (count == 0)
                throw new UsageException("the file became shorter while it was read", path,
                    "load it again when nothing writes to it");
            target = target[count..];
            offset += count;
        }
    }
}
