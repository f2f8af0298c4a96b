using System.IO.MemoryMappedFiles;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>
/// A safetensors file, opened for reading. Tensors are copied from the mapped file when they are asked for.
/// </summary>
/// <remarks>Safe for use by several threads. Tensors stay valid after the file is closed.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 28;     // a span cannot be longer than 2 GB; a tensor can

    private readonly string _path;
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SafetensorsFile(string path, SafetensorsHeader header, FileStream file)
    {
        (_path, _header) = (path, header);
        _map = MemoryMappedFile.CreateFromFile(
            file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Where each tensor lies, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The file's own notes, such as format = pt.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="UsageException">The file is missing, unreadable, damaged or of another format.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream file = OpenFile(path);
        try
        {
            return new(path, SafetensorsHeader.Read(file, path), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies a tensor out of the file.</summary>
    /// <param name="name">A key of <see cref="Entries"/>.</param>
    /// <param name="dtype">Converts to this type; null keeps the stored one.</param>
    /// <param name="device">Moves to this device; null leaves it in main memory.</param>
    /// <exception cref="UsageException">No such tensor, or its type is one that the engine lacks.</exception>
    public torch.Tensor Load(string name, torch.ScalarType? dtype = null, torch.Device? device = null)
    {
        SafetensorsEntry entry = Find(name);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor tensor = torch.empty([.. entry.Shape], Loadable(name, entry));
        Fill(tensor, entry);
        if (dtype is { } wanted)
            tensor = tensor.to(wanted);
        if (device is not null)
            tensor = tensor.to(device);
        return tensor.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed)
            return;

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"cannot open the weights: {error.Message}", path, "check the path and its permissions");
        }
    }

    private void Fill(torch.Tensor tensor, SafetensorsEntry entry)
    {
        torch.Tensor flat = tensor.flatten();
        long step = ChunkBytes / entry.Type.Size;
        for (long at = 0; at < flat.numel(); at += step)
        {
            Span<byte> target = flat.narrow(0, at, Math.Min(step, flat.numel() - at)).bytes;
            new ReadOnlySpan<byte>(_start + entry.Offset + at * entry.Type.Size, target.Length).CopyTo(target);
        }
    }

    private SafetensorsEntry Find(string name)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        if (Entries.TryGetValue(name, out SafetensorsEntry? entry))
            return entry;

        string[] near = [.. TensorNames.Nearest(name, Entries.Keys)];
        throw new UsageException(
            $"{Path.GetFileName(_path)} has no tensor '{name}'", _path,
            near.Length == 0 ? "use a file with weights: this one is empty"
                : $"its nearest names are {string.Join(", ", near)}");
    }

    private torch.ScalarType Loadable(string name, SafetensorsEntry entry) => entry.Type.Torch
        ?? throw new UsageException(
            $"tensor '{name}' is stored as {entry.Type.Name}, which this engine cannot compute with", _path,
            "use the model's BF16 or F32 weights");
}
