using TorchSharp;
using Vlm.Checkpoints;

namespace Vlm.Grpo;

/// <summary>Tensors of a checkpoint's file, read into those of a run.</summary>
internal static class StoredState
{
    /// <summary>Reads every target under its name, on its device and in its type.</summary>
    /// <param name="file">Open.</param>
    /// <param name="path">Its own, for the message.</param>
    /// <param name="targets">What is overwritten.</param>
    /// <param name="owner">Who needs them, for the message: "the critic".</param>
    /// <exception cref="UsageException">A tensor is missing or of another shape.</exception>
    public static void Read(SafetensorsFile file, string path, IEnumerable<(string Name, torch.Tensor Value)> targets, string owner)
    {
        using IDisposable constant = torch.no_grad();
        foreach ((string name, torch.Tensor value) in targets)
            if (file.Entries.TryGetValue(name, out SafetensorsEntry? entry) && entry.Shape.SequenceEqual(value.shape))
                file.ReadInto(name, value);
            else
                throw new UsageException(
                    $"{owner} needs '{name}' {Shapes.Show(value)}, and the file has "
                    + (entry is null ? "none" : Shapes.Show([.. entry.Shape])), path, "resume with the model and options that the run began with");
    }
}
