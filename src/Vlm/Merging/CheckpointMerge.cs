using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;

namespace Vlm.Merging;

/// <summary>Checkpoints that were made from one start, interpolated into a new one.</summary>
/// <remarks>
/// Tensor by tensor, in float32, and stored in the type that the models have: of the largest model only one weight is in memory at a
/// time, once for each model. What all models have in common stays as it is, bit by bit; so does a model whose weight is 1 where
/// the others' is 0. The result is a full model, of adapters too: base + sum_i lambda_i B_i A_i alpha_i / r_i.
/// <see cref="WeightMerge"/> has the sum and its papers.
/// </remarks>
public static class CheckpointMerge
{
    /// <summary>Merges folders into a new one, which is complete or absent.</summary>
    /// <param name="parts">Two or more models, or adapters of one base, with their weights.</param>
    /// <param name="output">Where the result goes; absent or empty.</param>
    /// <param name="options">Null for a linear merge.</param>
    /// <exception cref="UsageException">The weights do not sum to 1, a folder is incomplete, or the models do not fit each other.</exception>
    public static MergeResult Write(IReadOnlyList<MergePart> parts, string output, MergeOptions? options = null)
    {
        options ??= new();
        Check(parts, output, options);
        MergeResult? made = null;
        CompleteFolder.Write(output, folder =>
        {
            string scratch = Path.Combine(folder, ".adapters");
            using (MergeSources sources = MergeSources.Open(parts, options, scratch))
                made = Fill(folder, sources, options.MaxShardBytes);
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
        });
        return made!;
    }

    private static void Check(IReadOnlyList<MergePart> parts, string output, MergeOptions options)
    {
        if (parts.Count < 2)
            throw new UsageException($"{parts.Count} model is nothing to merge", "the models", "two folders or more");
        if (parts.FirstOrDefault(part => !double.IsFinite(part.Weight)) is { } wrong)
            throw new UsageException($"the weight of {wrong.Folder} is {OptionText.Show(wrong.Weight)}", "the weights", "finite numbers");
        double sum = parts.Sum(part => part.Weight);
        if (!options.Differences && !options.AnySum && !WeightMerge.IsMean(parts.Select(part => part.Weight)))
            throw new UsageException(
                $"the weights sum to {OptionText.Show(Math.Round(sum, 6))}, and not to 1",
                $"Weights = {Show(parts.Select(part => part.Weight))}",
                (sum == 0 ? "" : $"Weights = {Show(parts.Select(part => Math.Round(part.Weight / sum, 6)))}, or ") + "AnySum = true");
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
            throw new UsageException($"{output} is not empty", $"Output = {output}", "a folder that is absent or empty");
    }

    private static MergeResult Fill(string folder, MergeSources sources, long maxShardBytes)
    {
        HubFolder first = sources.Folders[0];
        foreach ((HubFolder other, string name) in sources.Folders.Zip(sources.Names).Skip(1))
            MergeCompatibility.Check(first, other, (sources.Names[0], name));
        bool[] codes = [.. sources.Folders.Select(one => LatentCheckpoint.IsAt(one.Path))];
        if (codes.Contains(true) && codes.Contains(false))
            throw new UsageException("some of the folders have latent actions and others have none",
                sources.Names[Array.IndexOf(codes, false)], "folders that all have them, or none");

        var shared = new Shared();
        SavedTensor[] tensors = [.. first.Names.Select(name => Merged(name, sources.Folders, sources.Weights, sources.Type, shared))];
        HubFolder.Write(folder, first.Config, first.SmallFiles(), tensors, maxShardBytes);
        if (codes[0])
            LatentMerge.Write(folder, sources, (name, files) => Merged(name, files, sources.Weights, null, shared));
        return new(tensors.Length, shared.Count, tensors.Sum(tensor => tensor.Bytes));
    }

    private static SavedTensor Merged(
        string name, IReadOnlyList<HubFolder> folders, IReadOnlyList<double> weights, torch.ScalarType? type, Shared shared)
    {
        SafetensorsEntry[] entries = [.. folders.Select(folder => folder.EntryOf(name))];
        torch.ScalarType[] types = [.. entries.Select((entry, i) => entry.Type.Torch ?? throw new UsageException(
            $"{name} is stored as {entry.Type.Name}, which cannot be merged", folders[i].Path, "the model's BF16 or F32 weights")).Distinct()];
        return new SavedTensor(name, type ?? (types.Length == 1 ? types[0] : torch.ScalarType.Float32), entries[0].Shape, () =>
        {
            (HubFolder Folder, double Weight)[] used = [.. folders.Zip(weights).Where(one => one.Second != 0)];
            torch.Tensor[] values = [.. used.Select(one => one.Folder.Load(name, torch.CPU))];
            torch.Tensor sum = WeightMerge.Of(values, [.. used.Select(one => one.Weight)]);
            bool same = values.Any(value => ReferenceEquals(value, sum));
            shared.Count += same ? 1 : 0;
            return same || sum.isfinite().all().item<bool>() ? sum : throw new UsageException(
                $"the merged {name} holds NaN or an infinity", used[0].Folder.Path, "models whose weights are finite, and weights nearer to 1");
        });
    }

    private static string Show(IEnumerable<double> weights) => string.Join(' ', weights.Select(weight => OptionText.Show(weight)));

    private sealed class Shared
    {
        public int Count { get; set; }
    }
}
