using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>Float32 masters of weights of half precision, which a model's own files keep.</summary>
internal static class Masters
{
    /// <summary>Sets masters to the numbers of a folder whose weights were loaded, and so rounded, from it.</summary>
    /// <remarks>Where the folder's number is no longer what a weight was rounded from, the master stays the weight.</remarks>
    /// <param name="folder">The model's.</param>
    /// <param name="trainable">Names the parameters.</param>
    /// <param name="optimizer">Over these parameters.</param>
    /// <param name="canonical">A file's name for a tensor to the hub's; null where they are the same.</param>
    /// <returns>Names of the parameters whose masters are not the folder's.</returns>
    internal static string[] Read(
        string folder, IReadOnlyList<(string Name, Parameter Value)> trainable, FusedAdamW optimizer,
        Func<string, string>? canonical = null)
    {
        if (!optimizer.HasMasters)
            return [];

        using HubFolder model = HubFolder.Open(folder);
        IReadOnlyDictionary<string, string> stored = model.NamesOf(trainable.Select(item => item.Name), canonical);
        return [.. trainable.Where(item => optimizer[item.Value].Master is not null && !Refined(item.Name, optimizer[item.Value]))
            .Select(item => item.Name)];

        bool Refined(string name, AdamMoments moments)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return stored.TryGetValue(name, out string? file) && moments.Refine(model.Load(file, moments.Weight.device));
        }
    }
}
