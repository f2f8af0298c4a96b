using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>A safetensors file, opened for reading. Tensors are read into place when they are asked for.</summary>
/// <remarks>
/// Safe for use by several threads. Tensors stay valid after the file is closed. The file is read at offsets and not
/// mapped: mapped pages count as the process's memory until someone gives them back, and a file that is cut short while it
/// is mapped ends the process where this throws.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly string _path;
    private readonly SafetensorsHeader _header;
    private readonly SafeFileHandle _file;

    private SafetensorsFile(string path, SafetensorsHeader header, SafeFileHandle file) =>
        (_path, _header, _file) = (path, header, file);

    /// <summary>Where each tensor lies, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The file's own notes, such as format = pt.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="UsageException">The file is missing, unreadable, damaged or of another format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle file = OpenFile(path);
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

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">A key of <see cref="Entries"/>.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="dtype">Converts to this type; null keeps the stored one.</param>
    /// <exception cref="UsageException">No such tensor, or its type is one that the engine lacks.</exception>
    public torch.Tensor Load(string name, torch.Device device, torch.ScalarType? dtype = null)
    {
        SafetensorsEntry entry = Find(name);
        torch.Tensor tensor = torch.empty([.. entry.Shape], dtype ?? Loadable(name, entry), device);
        try
        {
            ReadInto(name, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor into memory that is there already, converted to that memory's type.</summary>
    /// <param name="name">A key of <see cref="Entries"/>.</param>
    /// <param name="target">Of the stored shape; any type, any device. Where type and place agree nothing is copied twice.</param>
    /// <exception cref="ArgumentException">The target has another number of elements.</exception>
    /// <exception cref="UsageException">No such tensor, its type is one the engine lacks, or the file was cut short.</exception>
    public void ReadInto(string name, torch.Tensor target)
    {
        SafetensorsEntry entry = Find(name);
        torch.ScalarType stored = Loadable(name, entry);
        if (target.numel() != entry.Length / entry.Type.Size)
            throw new ArgumentException($"{name} has {entry.Length / entry.Type.Size} elements", nameof(target));

        TensorReader.Read(_file, _path, entry.Offset, stored, target);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SafeFileHandle OpenFile(string path)
    {
        if (File.Exists(path))
            HubFile.Require(path);
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"cannot open the weights: {error.Message}", path, "check the path and its permissions");
        }
    }

    private SafetensorsEntry Find(string name)
    {
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        if (Entries.TryGetValue(name, out SafetensorsEntry? entry))
            return entry;

        string[] near = [.. NearestName.Ranked(name, Entries.Keys, 3)];
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
